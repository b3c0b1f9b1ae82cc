/** Passwords: argon2id, with a limit on how many are computed at once. */
import { randomBytes } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'

/** OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, 2 passes, 1 lane. */
const cost = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 }

/** Hashing runs on libuv's four threads, which files and names need too; half of them stay free. */
const atOnce = 2
let running = 0
const waiting: (() => void)[] = []

/** The digest to store for a password: argon2id as a PHC string. */
export async function digestPassword(password: string): Promise<string> {
  return oneOfFew(() => hash(password, cost))
}

/** Whether `password` is the one behind `digest`. Takes as long when there is no digest, so that time tells nothing. */
export async function passwordMatches(digest: string | null, password: string): Promise<boolean> {
  if (digest === null) {
    await digestPassword(password)
    return false
  }
  return oneOfFew(() => verify(digest, password))
}

/** A password for somebody who did not choose one: 128 random bits. */
export function newPassword(): string {
  return randomBytes(16).toString('base64url')
}

async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (running >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve))
  else running++
  try {
    return await work()
  } finally {
    // The place is handed over, not freed, so that nobody slips in between.
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
