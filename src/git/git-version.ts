import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

// `cat-file --batch-command` and `core.fsync` came with this version.
const required = [2, 36] as const

/** Why the installed git cannot serve repositories, as a sentence; null when it can. To be asked once at start. */
export async function gitProblem(program = 'git'): Promise<string | null> {
  const found = await promisify(execFile)(program, ['--version']).catch(() => null)
  if (!found) return 'The program git was not found; install git and make sure that PATH leads to it.'
  return versionProblem(found.stdout)
}

/** The same for the text that `git --version` prints, such as `git version 2.39.5 (Apple Git-154)`. */
export function versionProblem(text: string): string | null {
  const [, major = '0', minor = '0'] = /(\d+)\.(\d+)/.exec(text) ?? []
  const isEnough = Number(major) > required[0] || (Number(major) === required[0] && Number(minor) >= required[1])
  return isEnough ? null : `git ${required.join('.')} or newer is needed; this is "${text.trim()}".`
}
