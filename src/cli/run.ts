/** Runs the command that the arguments name. Most commands are clients of the API without privileges; see program.ts. */
import { version } from '../version.ts'
import { failureOf } from './failure.ts'
import { plain } from './output.ts'
import { buildProgram } from './program.ts'

/** @param args without the program's own name; resolves when the command is over, or for a server when it has started */
export async function runCommand(args: readonly string[]): Promise<void> {
  // Whoever reads the answer may stop early (`| head`): that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
  const [first, second] = args.filter((word) => !word.startsWith('-'))
  const called = first === 'help' ? second : first
  const program = await buildProgram(version, called === undefined ? [] : [called])
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    const failure = failureOf(error)
    if (failure === null) throw error
    process.stderr.write(`${plain(failure.message)}\n`)
    process.exitCode = failure.status
  }
}
