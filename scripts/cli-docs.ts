/** Writes docs/command-line.md from the help of every command. A test compares the two. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Command } from 'commander'
import { buildProgram } from '../src/cli/program.ts'

export const commandLinePath = join(import.meta.dirname, '..', 'docs', 'command-line.md')

/** Wide enough that no example is broken. */
const columns = 100

const introduction = `# Command line

<!-- Written by scripts/cli-docs.ts from the help of the commands. Change those, then run:
     node_modules/.bin/node scripts/cli-docs.ts -->

\`countersign\` runs the server, and is a client of its API for people and for pipelines. In a clone it is
\`node bin/countersign.mjs\`, or \`npm run countersign --\`.

- **Which server, which token:** \`countersign login\` stores them in a file that only you can read. The environment variables
  \`COUNTERSIGN_URL\` and \`COUNTERSIGN_TOKEN\` win over it. A stored token is never sent to another server than the one it was stored
  for.
- **Exit status:** 0 done; 1 refused, by the server or by the command itself; 2 called wrongly; 3 the server or the database cannot be
  reached. Errors are one sentence on standard error, the server's own where the server refused.
- **For programs:** \`--json\` prints what the API answered. Without it there are tables and sentences for people, in colour only on a
  terminal and never when \`NO_COLOR\` is set.
- **Secrets** are read from standard input, from the environment, or asked for without being shown.
- **Approving and rejecting ask first.** Without a terminal they refuse, unless \`--yes\` is given.
`

/** The whole page. */
export async function commandLinePage(): Promise<string> {
  // The version is not part of the page, or every release would change it.
  const program = await buildProgram('', 'all')
  return [introduction, ...sections(program)].join('\n')
}

function sections(command: Command, above: readonly string[] = []): string[] {
  const words = [...above, command.name()]
  const own = `## ${words.join(' ')}\n\n\`\`\`text\n${helpOf(command).trim()}\n\`\`\`\n`
  return [own, ...command.commands.flatMap((inner) => sections(inner, words))]
}

function helpOf(command: Command): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text), getOutHelpWidth: () => columns })
  command.outputHelp()
  return help
}

if (import.meta.main) writeFileSync(commandLinePath, await commandLinePage())
