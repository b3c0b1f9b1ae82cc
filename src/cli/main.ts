/** `countersign`: the command line. Most commands are clients of the API without privileges; see program.ts. */
import { version } from '../version.ts'
import { exitStatus, failureOf } from './failure.ts'
import { plain } from './output.ts'
import { buildProgram } from './program.ts'

// Whoever reads the answer may stop early (`| head`): that is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit()
})

const [first, second] = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const called = first === 'help' ? second : first
const program = await buildProgram(version, called === undefined ? [] : [called])
try {
  await program.parseAsync()
} catch (error) {
  const failure = failureOf(error)
  if (failure === null) throw error
  process.stderr.write(`${plain(failure.message)}\n`)
  process.exitCode = failure.status
  // A connection that is kept alive must not hold up the answer.
  if (failure.status !== exitStatus.usage) process.exit()
}
