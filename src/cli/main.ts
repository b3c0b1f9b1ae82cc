/** `countersign`: the command line. Every command but `serve` and `demo` is a client of the API without privileges. */
import { Command } from 'commander'
import { version } from '../version.ts'
import { demoCommand } from './commands/demo.ts'
import { serveCommand } from './commands/serve.ts'

const program = new Command('countersign')
  .description('Deployment approvals: GitLab API v4, .gitlab-ci.yml, GitLab Runner')
  .version(version)
  .showHelpAfterError('(countersign --help shows what there is)')
  // commander ends with 1 for a wrong call; here 1 means refused and 2 means wrong usage.
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))

program.addCommand(serveCommand())
program.addCommand(demoCommand())

await program.parseAsync()
