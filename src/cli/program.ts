/** Every command by name. Only the one that is called is loaded, so that help and a client's command start quickly. */
import { Command, type CommanderError } from 'commander'
import { exitStatus } from './failure.ts'

interface Entry {
  readonly name: string
  readonly summary: string
  /** Adds arguments, options, subcommands and the action. */
  readonly load: () => Promise<(command: Command) => void>
}

const entries: readonly Entry[] = [
  {
    name: 'serve',
    summary: 'Run the server',
    load: async () => (await import('./commands/serve.ts')).configureServe,
  },
  {
    name: 'demo',
    summary: 'Play the story of deployment approvals on a scratch server',
    load: async () => (await import('./commands/demo.ts')).configureDemo,
  },
  {
    name: 'runner',
    summary: 'Run the jobs of any server that speaks the protocol of GitLab Runner',
    load: async () => (await import('./commands/runner.ts')).configureRunner,
  },
  {
    name: 'login',
    summary: 'Store which server to speak to, and a token for it',
    load: async () => (await import('./commands/login.ts')).configureLogin,
  },
  {
    name: 'logout',
    summary: 'Forget the stored server and token',
    load: async () => (await import('./commands/logout.ts')).configureLogout,
  },
  {
    name: 'whoami',
    summary: 'Show the user whose token is in use',
    load: async () => (await import('./commands/whoami.ts')).configureWhoami,
  },
  {
    name: 'deployments',
    summary: 'List, show, approve and reject deployments',
    load: async () => (await import('./commands/deployments/index.ts')).configureDeployments,
  },
  {
    name: 'gate',
    summary: 'Wait in any pipeline until a deployment is approved',
    load: async () => (await import('./commands/gate.ts')).configureGate,
  },
  {
    name: 'ci',
    summary: 'Check a .gitlab-ci.yml',
    load: async () => (await import('./commands/ci.ts')).configureCi,
  },
  {
    name: 'admin',
    summary: 'Users and tokens, for administrators',
    load: async () => (await import('./commands/admin/index.ts')).configureAdmin,
  },
  {
    name: 'backup',
    summary: 'Write everything the server stores to one file',
    load: async () => (await import('./commands/backup.ts')).configureBackup,
  },
  {
    name: 'restore',
    summary: 'Bring back what a backup holds',
    load: async () => (await import('./commands/restore.ts')).configureRestore,
  },
]

/**
 * The whole command line.
 * @param loaded names of the commands to load; the others have a name and a summary alone. `all` for every one.
 */
export async function buildProgram(version: string, loaded: readonly string[] | 'all'): Promise<Command> {
  const program = new Command('countersign')
    .description('Deployment approvals: GitLab API v4, .gitlab-ci.yml, GitLab Runner')
    .version(version, '-V, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureOutput({ outputError: (text, write) => write(`${oneSentence(text)}\n`) })
    .addHelpText('after', exitStatusHelp)
    .exitOverride(exitWithUsage)
  for (const { name, summary, load } of entries) {
    const command = program.command(name).summary(summary).description(`${summary}.`)
    if (loaded === 'all' || loaded.includes(name)) (await load())(command)
  }
  return program
}

const exitStatusHelp = `
Exit status: 0 done, 1 refused, 2 called wrongly, 3 the server cannot be reached.

Example:
  $ countersign deployments pending --mine`

function oneSentence(text: string): string {
  return `${text
    .replace(/^error: /, '')
    .trim()
    .replaceAll(/\s+/g, ' ')} (--help shows what there is)`
}

/** commander ends with 1 for a wrong call; here 1 means refused. */
function exitWithUsage(error: CommanderError): never {
  process.exit(error.exitCode === 0 ? exitStatus.done : exitStatus.usage)
}
