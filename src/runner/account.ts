import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { holdName } from './machine-lock.ts'

/** The numeric account that jobs run under. No entry in the user database is needed. */
export interface JobAccount {
  readonly uid: number
  readonly gid: number
  /** Each concurrent job gets an account of its own, taken from the range that begins here, so that jobs cannot read one another. */
  readonly range?: number
}

export interface AccountLease extends JobAccount {
  /** Nobody else uses this account while the lease lasts: whatever runs under it belongs to the present job. */
  readonly exclusive: boolean
  release(): void
}

/** Outside of what systemd gives to dynamic users (61184 to 65519), and not `nobody` (65534), which other services share. */
const FIRST_UID = 60_800
const RANGE = 200

/** As root: a range of otherwise unused accounts. Otherwise null: jobs run under the runner's own account. */
export function defaultJobAccount(effectiveUid: number | undefined = process.geteuid?.()): JobAccount | null {
  return effectiveUid === 0 ? { uid: FIRST_UID, gid: FIRST_UID, range: RANGE } : null
}

/** The sentence to print at start: who jobs run as, and what that means. */
export function accountNotice(account: JobAccount | null): string {
  if (account === null) {
    return "Jobs share the server's account and can read what it can read, its data and secrets included; a runner on another machine is the safe choice."
  }
  const last = account.uid + (account.range ?? 1) - 1
  return account.range === undefined
    ? `Jobs run as account ${account.uid}:${account.gid}, which cannot read the server's data; concurrent jobs share that account.`
    : `Each job runs as an account of its own (${account.uid} to ${last}), which can read neither the server's data nor other jobs.`
}

/**
 * Where working directories go by default. A job account cannot pass through a private state directory, so as root they are
 * kept apart from it, in a place that only root can write to.
 */
export function defaultBuildsDir(stateDir: string, account: JobAccount | null): string {
  if (account === null) return join(stateDir, 'builds')
  return join('/var/lib/countersign', `builds-${createHash('sha256').update(stateDir).digest('hex').slice(0, 12)}`)
}

/**
 * Takes an account for one slot. Linux: a free one of the range, held by a socket in the abstract namespace, which the kernel
 * frees when this process dies, so two runners on one machine never use the same. Elsewhere, or without a range: the account itself.
 */
export async function leaseAccount(account: JobAccount, platform = process.platform): Promise<AccountLease> {
  if (account.range === undefined || platform !== 'linux') {
    return { uid: account.uid, gid: account.gid, exclusive: false, release: () => {} }
  }
  for (let offset = 0; offset < account.range; offset += 1) {
    const release = await holdName(`countersign-job-account-${account.uid + offset}`)
    if (release !== null) {
      return { uid: account.uid + offset, gid: account.gid + offset, exclusive: true, release }
    }
  }
  throw new Error(`All ${account.range} job accounts from ${account.uid} on are in use.`)
}
