/** `countersign ci lint`: what a server would make of a `.gitlab-ci.yml`. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { type LintResult, lintContent } from '../../contract/ci-lint.ts'
import { connect } from '../connect.ts'
import { exitStatus, wrongUsage } from '../failure.ts'
import { plain, print, printJson, printTable } from '../output.ts'
import { withExample, withJson } from './options.ts'

interface Options {
  readonly project?: string
  readonly ref?: string
  readonly dryRun?: true
  readonly jobs?: true
  readonly json?: true
}

export function configureCi(command: Command): void {
  const lint = command
    .command('lint')
    .summary('Check a .gitlab-ci.yml')
    .description(
      'Check a .gitlab-ci.yml as a pipeline of a project would read it, with its includes and variables. The server does it, so a project is needed. ' +
        'Ends with 0 when the file is valid and with 1 when it is not.',
    )
    .argument('[file]', 'the file, or - for standard input', '.gitlab-ci.yml')
    .option('--project <project>', 'the project in whose context to check: its id or full path')
    .option('--ref <name>', 'the branch or tag in whose context to check')
    .option('--dry-run', 'check as if a pipeline were created now, with its rules')
    .option('--jobs', 'list the jobs')
  withJson(withExample(lint, 'countersign ci lint --project acme/shop .gitlab-ci.yml')).action(run)
  command.addHelpText('after', '\nExample:\n  $ countersign ci lint --project acme/shop')
}

async function run(file: string, options: Options): Promise<void> {
  const { project, ref, json } = options
  if (project === undefined) {
    throw wrongUsage('A file is checked by a server in the context of a project: say which one with --project.')
  }
  const content = await contentOf(file)
  const { client } = await connect()
  const result = await client.call(lintContent, {
    id: project,
    content,
    dry_run: options.dryRun === true,
    include_jobs: options.jobs === true,
    ...(ref === undefined ? {} : { ref }),
  })
  if (json) printJson(result)
  else printResult(file, result)
  if (!result.valid) process.exitCode = exitStatus.refused
}

async function contentOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw wrongUsage(`Cannot read ${file}: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    })
  }
}

function printResult(file: string, { valid, errors, warnings, locations, jobs }: LintResult): void {
  for (const [index, error] of errors.entries()) {
    const place = locations[index]
    // The server knows the text that was sent as the project's own file.
    const spot = place ? [place.file, place.line, place.column].filter((part) => part !== null).join(':') : file
    print(`${plain(spot)}: ${plain(error)}`)
  }
  for (const warning of warnings) print(`${file}: warning: ${plain(warning)}`)
  if (jobs && jobs.length > 0) {
    printTable(
      ['STAGE', 'JOB', 'WHEN', 'ENVIRONMENT'],
      jobs.map((job) => [job.stage, job.name, job.when, job.environment ?? '']),
      '',
    )
  }
  print(valid ? `${file} is valid.` : `${file} is not valid.`)
}
