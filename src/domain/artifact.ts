/** Artifacts: who may read them, and what their files are called. */
import { type Actor, roles, type Standing } from './access.ts'
import type { Refusal } from './refusal.ts'

/** `artifacts:access` of the job that made them. */
export type ArtifactAccess = 'all' | 'developer' | 'maintainer' | 'none'

/**
 * Asked after the right to read jobs (GitLab docs, `artifacts:access`): `all` adds nothing, `none` lets nobody download. Jobs that
 * depend on the artifacts get them all the same.
 */
export function refuseArtifacts(actor: Actor | null, standing: Standing, access: ArtifactAccess): Refusal | null {
  if (access === 'all') return null
  if (access === 'none') return { code: 'forbidden' }
  const needed = access === 'developer' ? roles.developer : roles.maintainer
  return actor !== null && (actor.isAdmin || standing.role >= needed) ? null : { code: 'forbidden' }
}

/** The last part of a name a program sent, without what could break a header or a file system; never empty. */
export function artifactFilename(sent: string | undefined, fallback: string): string {
  const base = (sent ?? '').split(/[/\\]/).at(-1) ?? ''
  const clean = base
    .normalize('NFC')
    .replaceAll(/[\p{Cc}\p{Cf}\p{Cs}"]/gu, '')
    .trim()
    .slice(0, 255)
  return clean === '' || clean === '.' || clean === '..' ? fallback : clean
}

/** A path inside an archive as a request may name it: relative, and staying inside. */
export function isPathInside(path: string): boolean {
  if (path === '' || path.startsWith('/') || /[\0\\]/.test(path)) return false
  return path.split('/').every((part) => part !== '..' && part !== '.')
}
