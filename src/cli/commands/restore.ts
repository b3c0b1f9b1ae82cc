/** `countersign restore`. */
import type { Command } from 'commander'
import { runRestore } from '../backup/run.ts'
import { wrongUsage } from '../failure.ts'
import { note, print, printJson } from '../output.ts'
import { countsText } from './backup.ts'
import { withExample } from './options.ts'

export function configureRestore(command: Command): void {
  command
    .description(
      'Bring back what a backup holds, all of it or nothing, into an empty database and data directory. Uses the settings of the server ' +
        '(COUNTERSIGN_DATA_DIR, DATABASE_URL); run it with the account that runs the server, and with the version of Countersign that made the backup.',
    )
    .argument('<file>', 'the backup, or - for standard input')
    .option('--replace', 'remove what is there and restore in its place')
    .option('--json', 'print what was restored as JSON instead of text')
  withExample(command, 'COUNTERSIGN_DATA_DIR=/srv/countersign countersign restore /backups/countersign.tar')
  command.action(restore)
}

async function restore(
  file: string,
  { replace, json }: { readonly replace?: true; readonly json?: true },
): Promise<void> {
  if (file === '-' && process.stdin.isTTY) {
    throw wrongUsage('A backup is not typed: redirect standard input, or name a file.')
  }
  const { serverRuns, ...counts } = await runRestore(file === '-' ? null : file, replace === true)
  if (json) printJson(counts)
  else print(`Restored ${countsText(counts)}.`)
  if (serverRuns === 'yes') note('The server goes on with what was restored. Restart it if it has a built-in runner.')
}
