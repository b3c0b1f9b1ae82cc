/** `countersign gate`: the gate of a protected environment for pipelines of other systems. */
import type { Command } from 'commander'
import { commitFacts } from '../commit-facts.ts'
import { connect } from '../connect.ts'
import { findOrCreate } from '../gate/find.ts'
import { waitUntilOpen } from '../gate/wait.ts'
import { note, plain, print, printJson } from '../output.ts'
import { commitId, positiveNumber, withExample, withJson } from './options.ts'

interface Options {
  readonly environment: string
  readonly sha?: string
  readonly ref?: string
  readonly tag?: true
  readonly wait?: number
  readonly json?: true
}

export function configureGate(command: Command): void {
  command
    .description(
      'Wait until a commit may be deployed to an environment. Creates a deployment of the commit, or finds the one that this user already waits with, and ends ' +
        'with 0 once it was approved and is running, with 1 when it was rejected or refused or the time is over. Nothing but an approval opens the gate. ' +
        'Without --sha the commit is what the variables of the CI system say (GitLab, GitHub Actions, Woodpecker, Jenkins, Buildkite), else HEAD of the ' +
        'working directory.',
    )
    .argument('<project>', 'id or full path')
    .requiredOption('--environment <name>', 'where to deploy')
    .option('--sha <sha>', 'the commit to deploy', commitId)
    .option('--ref <name>', 'its branch or tag')
    .option('--tag', 'the ref is a tag')
    .option('--wait <seconds>', 'how long to wait; without it, as long as it takes', positiveNumber)
  withJson(withExample(command, 'countersign gate acme/shop --environment production --wait 3600 && ./deploy.sh'))
  command.action(gate)
}

async function gate(project: string, options: Options): Promise<void> {
  const end = options.wait === undefined ? null : Date.now() + options.wait * 1000
  const facts = await commitFacts(options)
  const { client, url } = await connect()
  const first = await findOrCreate(client, { project, environment: options.environment, ...facts })
  if (first.status === 'blocked') {
    note(`Deployment ${first.id} of ${plain(project)} to ${plain(options.environment)} waits for approval at ${url}.`)
  }
  const open = await waitUntilOpen(client, project, first, end)
  if (options.json) {
    printJson(open)
    return
  }
  print(`Open: deployment ${open.id} is running.`)
  note(`Tell how it came out: countersign deployments update ${plain(project)} ${open.id} success|failed`)
}
