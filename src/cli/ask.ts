/** Questions to the person at the terminal, and secrets from a pipe. Without a terminal nobody is asked, and the answer is no. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { CommandFailure, exitStatus, wrongUsage } from './failure.ts'

export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean | undefined }
  /** Where questions are written: not standard output, which belongs to the answer. */
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean | undefined }
}

export const terminal: Terminal = { input: process.stdin, output: process.stderr }

/** Whether there is somebody who can see a question and answer it. */
export function canAsk({ input, output }: Terminal = terminal): boolean {
  return input.isTTY === true && output.isTTY === true
}

/** Asks for one line. @throws CommandFailure when the person ends the input instead */
export async function ask(question: string, on: Terminal = terminal): Promise<string> {
  return (await line(question, on, on.output)).trim()
}

/** Asks for one line that is not shown. */
export async function askSecret(question: string, on: Terminal = terminal): Promise<string> {
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  // The terminal stops echoing before it is asked anything: a fast answer must not be shown either.
  const answer = line('', on, silent)
  on.output.write(question)
  try {
    return (await answer).trim()
  } finally {
    on.output.write('\n')
  }
}

/** True only when the person typed yes. */
export async function confirm(question: string, on: Terminal = terminal): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `, on))
}

async function line(question: string, on: Terminal, output: NodeJS.WritableStream): Promise<string> {
  const reader = createInterface({ input: on.input, output, terminal: true })
  try {
    return await new Promise<string>((resolve, reject) => {
      const given = () => reject(new CommandFailure(exitStatus.refused, 'Nothing was answered, so nothing was done.'))
      reader.once('close', given)
      reader.once('SIGINT', given)
      reader.question(question).then(resolve, reject)
    })
  } finally {
    reader.close()
  }
}

/** A secret from standard input, up to its end; a line feed at the end is not part of it. */
export async function secretFromInput(what: string, input: NodeJS.ReadableStream = process.stdin): Promise<string> {
  const given = (await text(input)).replace(/\r?\n$/, '')
  if (given === '') throw wrongUsage(`There is no ${what} on standard input.`)
  if (/[\r\n]/.test(given)) throw wrongUsage(`The ${what} on standard input has more than one line.`)
  return given
}
