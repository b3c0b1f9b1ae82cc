import { randomInt } from 'node:crypto'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'

/** This machine's identity among those that share a runner token: `s_` and 12 alphanumerics, made once and kept in `stateDir`. */
export async function loadSystemId(stateDir: string): Promise<string> {
  const file = join(stateDir, 'system_id')
  const stored = await readFile(file, 'utf8').catch(() => '')
  if (/^[rs]_[0-9A-Za-z]{12}$/.test(stored.trim())) return stored.trim()
  const made = `s_${Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')}`
  await writeFile(`${file}.new`, `${made}\n`, { mode: 0o600 })
  await rename(`${file}.new`, file)
  return made
}
