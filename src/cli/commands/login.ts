/** `countersign login`: which server, which token, checked before they are stored. */
import type { Command } from 'commander'
import type { FullUser } from '../../contract/people.ts'
import { currentUser } from '../../contract/people.ts'
import { ask, askSecret, canAsk, secretFromInput } from '../ask.ts'
import { connectTo } from '../connect.ts'
import { type Credentials, checkedToken, serverUrl, storeCredentials } from '../credentials.ts'
import { unreachable, wrongUsage } from '../failure.ts'
import { note, plain, print, printJson } from '../output.ts'
import { withExample, withJson } from './options.ts'

interface Options {
  readonly url?: string
  readonly token?: string
  readonly stdin?: true
  readonly json?: true
}

export function configureLogin(command: Command): void {
  command
    .description(
      'Store which server to speak to, and a personal access token for it, in a file that only you can read. What is not given is asked for. ' +
        'The environment variables COUNTERSIGN_URL and COUNTERSIGN_TOKEN win over what is stored.',
    )
    .option('--url <url>', "the server's URL")
    .option('--stdin', 'read the token from standard input')
    .option('--token <token>', 'the token; others on this machine can see it while the command runs, so prefer --stdin')
  withJson(withExample(command, 'countersign login --url https://countersign.example.com --stdin < token.txt'))
  command.action(login)
}

async function login(options: Options): Promise<void> {
  const credentials = await askedFor(options)
  const user = await connectTo(credentials).client.call(currentUser, {})
  const path = await storeCredentials(credentials)
  if (options.json) printJson(user)
  else print(`Signed in to ${credentials.url} as ${nameOf(user, credentials.url)}.`)
  note(`Stored in ${path}`)
  if (process.env['COUNTERSIGN_URL'] || process.env['COUNTERSIGN_TOKEN']) {
    note('COUNTERSIGN_URL or COUNTERSIGN_TOKEN is set and wins over what was stored.')
  }
}

async function askedFor({ url, token, stdin }: Options): Promise<Credentials> {
  if (stdin && token !== undefined) throw wrongUsage('--token and --stdin exclude each other.')
  if (!canAsk() && (url === undefined || (token === undefined && !stdin))) {
    throw wrongUsage('There is no terminal to ask on: give --url, and the token with --stdin.')
  }
  const server = serverUrl(url ?? (await ask('URL of the server: ')), url === undefined ? 'The URL' : '--url')
  if (stdin) return { url: server, token: checkedToken(await secretFromInput('token')) }
  return { url: server, token: checkedToken(token ?? (await askSecret('Personal access token (not shown): '))) }
}

/** JSON from something else than Countersign has no user in it. */
function nameOf(user: FullUser, url: string): string {
  if (typeof user?.username === 'string') return plain(user.username)
  throw unreachable(`${url} does not answer like Countersign: is that the server's URL?`)
}
