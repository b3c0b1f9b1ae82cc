/** `countersign backup`. */
import type { Command } from 'commander'
import { runBackup } from '../backup/run.ts'
import { wrongUsage } from '../failure.ts'
import { count, note, print, printJson } from '../output.ts'
import { withExample } from './options.ts'

export function configureBackup(command: Command): void {
  command
    .description(
      'Write everything the server stores to one file: the database, the repositories, logs and artifacts. The server may be running. Uses the settings of the ' +
        'server (COUNTERSIGN_DATA_DIR, DATABASE_URL); run it with the account that runs the server. The file is not encrypted and holds secrets.',
    )
    .argument('<file>', 'where to write, or - for standard output')
    .option('--json', 'print what was written as JSON instead of text')
  withExample(
    command,
    'countersign backup /backups/countersign.tar',
    'countersign backup - | zstd | ssh backup@example.com "cat > countersign.tar.zst"',
  )
  command.action(backup)
}

async function backup(file: string, options: { readonly json?: true }): Promise<void> {
  await writeBackup(file, options)
  if (process.env['COUNTERSIGN_OBJECT_STORE_URL']) {
    note('Logs and artifacts in the object store are not part of it: back up the bucket now.')
  }
}

async function writeBackup(file: string, { json }: { readonly json?: true }): Promise<void> {
  if (file !== '-') {
    const result = await runBackup(file)
    if (json) printJson(result)
    else print(`Backed up ${countsText(result)} to ${file}.`)
    return
  }
  if (json) throw wrongUsage('--json and a backup to standard output exclude each other.')
  if (process.stdout.isTTY)
    throw wrongUsage('A backup is not for the terminal: redirect standard output, or name a file.')
  note(`Backed up ${countsText(await runBackup(null))}.`)
}

export function countsText(counts: {
  readonly rows: number
  readonly repositories: number
  readonly blobs: number
}): string {
  const repositories = counts.repositories === 1 ? '1 repository' : `${counts.repositories} repositories`
  return `${count(counts.rows, 'row')}, ${repositories} and ${count(counts.blobs, 'blob')}`
}
