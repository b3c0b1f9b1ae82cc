/**
 * Names of refs. A branch and a tag may share a name, so a short name alone never identifies either: code passes a
 * full ref name (`refs/heads/v1`) or a `Ref`.
 */
export type Ref = { readonly type: 'branch' | 'tag'; readonly name: string }

const prefixes = { branch: 'refs/heads/', tag: 'refs/tags/' } as const

// Space, control characters and the characters that git's revision syntax gives a meaning.
// oxlint-disable-next-line eslint/no-control-regex -- control characters are what is looked for
const forbidden = /[\u0000-\u0020\u007f~^:?*[\\]/

/** `{ type: 'tag', name: 'v1' }` → `refs/tags/v1`. */
export function fullRefName(ref: Ref): string {
  return prefixes[ref.type] + ref.name
}

/** `refs/tags/v1` → `{ type: 'tag', name: 'v1' }`; null for any ref that is neither a branch nor a tag. */
export function parseRef(fullName: string): Ref | null {
  if (fullName.startsWith(prefixes.branch)) return { type: 'branch', name: fullName.slice(prefixes.branch.length) }
  if (fullName.startsWith(prefixes.tag)) return { type: 'tag', name: fullName.slice(prefixes.tag.length) }
  return null
}

/** The ref that keeps a pipeline's commit alive and fetchable by runners after its branch has moved. */
export function pipelineRef(pipelineId: number): string {
  if (!Number.isSafeInteger(pipelineId) || pipelineId < 1) throw new RangeError(`Not a pipeline id: ${pipelineId}`)
  return `refs/pipelines/${pipelineId}`
}

/**
 * Why a full ref name is not well formed, or null when it is. The rules are those of `git check-ref-format`, and three
 * of our own: it starts with `refs/`, it is valid Unicode, and it fits into a file system's limits.
 */
export function refNameProblem(fullName: string): string | null {
  if (!fullName.startsWith('refs/')) return 'must start with refs/'
  if (!fullName.isWellFormed()) return 'is not valid Unicode'
  if (forbidden.test(fullName)) return 'contains a space, a control character or one of ~ ^ : ? * [ \\'
  if (fullName.includes('..')) return 'contains ..'
  if (fullName.includes('@{')) return 'contains @{'
  if (fullName.endsWith('.')) return 'ends with a dot'
  if (Buffer.byteLength(fullName) > 1024) return 'is longer than 1024 bytes'
  for (const component of fullName.split('/')) {
    if (component === '') return 'has an empty component'
    if (component.startsWith('.')) return 'has a component that starts with a dot'
    if (component.endsWith('.lock')) return 'has a component that ends with .lock'
    // git writes `<name>.lock` beside the ref, and a file name has at most 255 bytes.
    if (Buffer.byteLength(component) > 250) return 'has a component longer than 250 bytes'
  }
  return null
}

/**
 * Why a branch or tag may not be given this name, or null when it may. Beyond `refNameProblem`: no leading dash (an
 * option to many tools), not `HEAD`, not something that reads as an object id, and not `refs/…`, since git resolves
 * the tag `refs/tags/refs/heads/main` when asked for a missing `refs/heads/main`.
 */
export function newRefProblem(ref: Ref): string | null {
  if (ref.name === '') return 'is empty'
  if (ref.name.startsWith('-')) return 'starts with a dash'
  if (ref.name === 'HEAD' || ref.name === '@') return `is ${ref.name}`
  if (ref.name.startsWith('refs/')) return 'starts with refs/'
  if (/^[0-9a-f]{40}$/i.test(ref.name)) return 'looks like a commit id'
  return refNameProblem(fullRefName(ref))
}

/** True for a full object id: 40 lower-case hexadecimal digits. */
export function isSha(text: string): boolean {
  return /^[0-9a-f]{40}$/.test(text)
}

/** The object id git uses for "no object": a ref that does not exist yet, or no longer. */
export const zeroSha = '0'.repeat(40)
