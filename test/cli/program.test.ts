import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { buildProgram } from '../../src/cli/program.ts'
import { version } from '../../src/version.ts'
import { oneSentence, run } from './helpers/run.ts'

const root = join(import.meta.dirname, '..', '..')

/** Every command with the words that lead to it. */
function allCommands(command: Command, words: readonly string[] = []): [string[], Command][] {
  const here: [string[], Command] = [[...words], command]
  return [here, ...command.commands.flatMap((inner) => allCommands(inner, [...words, inner.name()]))]
}

const commands = allCommands(await buildProgram(version, 'all'))

/** The help that a person sees, examples included. */
function helpOf(command: Command): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) })
  command.outputHelp()
  return help
}

test.each(commands.map(([words, command]) => [words.join(' '), command] as const))(
  'help of "%s" says what it does and ends with an example of it',
  (words, command) => {
    const help = helpOf(command)
    expect(command.description()).not.toBe('')
    const example = help.slice(help.indexOf('\nExample:\n'))
    expect(example).toMatch(new RegExp(`^\\nExample:\\n(  \\$ .*countersign ${words}.*\\n?)+$`))
    for (const option of command.options) expect(option.description).not.toBe('')
  },
)

test('every command that answers something answers it as JSON too', () => {
  // Those that run until they are stopped, or play a story, and groups of commands.
  const without = ['serve', 'demo', 'runner']
  for (const [words, command] of commands) {
    if (command.commands.length > 0 || without.includes(words.join(' '))) continue
    expect(
      command.options.map((option) => option.long),
      words.join(' '),
    ).toContain('--json')
  }
})

test.each([
  [['--help'], 0],
  [['help', 'gate'], 0],
  [['--version'], 0],
  [[], 2],
  [['--unknown'], 2],
  [['unknown'], 2],
  [['deployments'], 2],
  [['serve', 'unknown'], 2],
])('countersign %j ends with %i', async (args, code) => {
  const done = await run(args)
  expect(done.code).toBe(code)
  expect(code === 0 ? done.stdout : done.stderr).not.toBe('')
  if (code === 0) expect(done.stderr).toBe('')
  if (args.some((word) => word.includes('unknown'))) expect(done.stderr).toMatch(oneSentence)
})

test('help loads neither the server nor the libraries that commands use', async () => {
  const hook = `import { registerHooks } from 'node:module'
    registerHooks({ load(url, context, next) { process.stderr.write(url + '\\n'); return next(url, context) } })`
  const node = ['--import', `data:text/javascript,${encodeURIComponent(hook)}`]
  const done = await run(['--help'], { node })
  const loaded = done.stderr.split('\n').filter((url) => url.startsWith('file:'))
  const own = loaded.filter((url) => !url.includes('/node_modules/'))
  expect(own.map((url) => url.slice(`${pathToFileURL(root).href}/`.length)).toSorted()).toEqual([
    'src/cli/failure.ts',
    'src/cli/main.ts',
    'src/cli/output.ts',
    'src/cli/program.ts',
    'src/cli/run.ts',
    'src/version.ts',
  ])
  const libraries = loaded.filter((url) => url.includes('/node_modules/'))
  expect(new Set(libraries.map((url) => url.split('/node_modules/')[1]?.split('/')[0]))).toEqual(new Set(['commander']))
})
