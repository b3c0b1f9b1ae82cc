import { defaultJobAccount } from '../../../src/runner/account.ts'
import { startRunner } from '../../../src/runner/start-runner.ts'

/** A runner in a process of its own, so that a test can kill it. Arguments: URL, token, state directory, builds directory. */
const [url = '', token = '', stateDir = '', buildsDir = ''] = process.argv.slice(2)
const quiet = (): void => {}
await startRunner({
  url,
  token,
  stateDir,
  buildsDir,
  concurrency: 1,
  name: 'victim',
  version: '0.0.0',
  jobAccount: defaultJobAccount(),
  logger: { info: quiet, warn: quiet, error: quiet },
  timing: { traceInterval: 10, poll: 10 },
})
