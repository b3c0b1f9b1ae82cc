/** Which server the command line speaks to and with which token: the environment, or what `countersign login` stored. */
import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { wrongUsage } from './failure.ts'

export interface Credentials {
  /** Without a slash at the end. */
  readonly url: string
  readonly token: string
}

type Environment = Readonly<Record<string, string | undefined>>

/** The file that `login` writes (XDG Base Directory Specification). */
export function credentialsPath(env: Environment = process.env): string {
  const configured = env['XDG_CONFIG_HOME']
  // The specification: a relative path there is to be ignored.
  const base = configured?.startsWith('/') ? configured : join(env['HOME'] || homedir(), '.config')
  return join(base, 'countersign', 'credentials.json')
}

/**
 * What to use now. COUNTERSIGN_URL and COUNTERSIGN_TOKEN win over what is stored, but a stored token is never sent to another
 * server than the one it was stored for.
 */
export async function currentCredentials(env: Environment = process.env): Promise<Credentials> {
  const stored = await storedCredentials(env)
  const given = env['COUNTERSIGN_URL']
  const url = given ? serverUrl(given, 'COUNTERSIGN_URL') : stored?.url
  if (url === undefined) {
    throw wrongUsage('No server is known: run countersign login, or set COUNTERSIGN_URL and COUNTERSIGN_TOKEN.')
  }
  const token = env['COUNTERSIGN_TOKEN'] || (stored?.url === url ? stored.token : undefined)
  if (token === undefined) {
    throw wrongUsage(`There is no token for ${url}: run countersign login --url ${url}, or set COUNTERSIGN_TOKEN.`)
  }
  return { url, token: checkedToken(token) }
}

/** Null when nobody has signed in. */
export async function storedCredentials(env: Environment = process.env): Promise<Credentials | null> {
  const path = credentialsPath(env)
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw wrongUsage(`Cannot read ${path}: ${error.message}.`, { cause: error })
  })
  if (text === null) return null
  const stored = parse(text)
  if (stored === null) throw wrongUsage(`${path} is not what countersign login writes: run countersign login again.`)
  return stored
}

/** Stores them for this account alone, in place of what was there. */
export async function storeCredentials(credentials: Credentials, env: Environment = process.env): Promise<string> {
  const path = credentialsPath(env)
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  // Beside and renamed: an existing file with looser rights never holds the token, and a crash leaves the old one.
  const temporary = `${path}.${randomUUID()}`
  await writeFile(temporary, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
  await rename(temporary, path)
  return path
}

/** Forgets them; answers what was there. */
export async function forgetCredentials(env: Environment = process.env): Promise<Credentials | null> {
  const stored = await storedCredentials(env).catch(() => null)
  await rm(credentialsPath(env), { force: true })
  return stored
}

/** An http or https URL without a slash at the end. @param name of the setting, for the message */
export function serverUrl(text: string, name: string): string {
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    throw wrongUsage(`${name} must be an http or https URL such as https://countersign.example.com, not "${text}".`)
  }
  // A user name or password in the URL would be printed with it.
  if (url.username !== '' || url.password !== '') throw wrongUsage(`${name} must not hold a user name or password.`)
  return url.href.replace(/\/+$/, '')
}

/** A token that can travel in a header. The message does not repeat it. */
export function checkedToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token
  throw wrongUsage('The token holds characters that no token has.')
}

function parse(text: string): Credentials | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || !('url' in value) || !('token' in value)) return null
    return typeof value.url === 'string' && typeof value.token === 'string'
      ? { url: value.url, token: value.token }
      : null
  } catch {
    return null
  }
}
