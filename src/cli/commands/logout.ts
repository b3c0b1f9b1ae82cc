/** `countersign logout`: forgets what `login` stored. */
import type { Command } from 'commander'
import { forgetCredentials } from '../credentials.ts'
import { note, print, printJson } from '../output.ts'
import { withExample } from './options.ts'

export function configureLogout(command: Command): void {
  command.description('Forget the stored server and token. The token itself goes on working until it is revoked.')
  withExample(command, 'countersign logout')
    .option('--json', 'print the URL of the forgotten server as JSON instead of text')
    .action(logout)
}

async function logout({ json }: { readonly json?: true }): Promise<void> {
  const forgotten = await forgetCredentials()
  if (json) printJson({ url: forgotten?.url ?? null })
  else print(forgotten === null ? 'Nobody was signed in.' : `Signed out of ${forgotten.url}.`)
  if (process.env['COUNTERSIGN_TOKEN']) note('COUNTERSIGN_TOKEN is set and goes on being used.')
}
