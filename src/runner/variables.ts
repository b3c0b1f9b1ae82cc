import type { JobPayload, JobVariable } from '../contract/runner-protocol.ts'
import { splitCredentials } from './git-source.ts'

export interface PlainVariable {
  readonly key: string
  readonly value: string
}

export interface JobVariables {
  /** What is exported: expanded, file variables as the path of their file. */
  readonly env: Readonly<Record<string, string>>
  /** Files to write before the job starts. */
  readonly files: readonly { readonly path: string; readonly content: string }[]
  /** Values that must not appear in the log. */
  readonly secrets: readonly string[]
}

/** Looks a variable up; undefined: not set. */
export type Lookup = (name: string) => string | undefined

/**
 * One pass over `$NAME` and `${NAME}` (GitLab Runner's expansion, that of Go's os.Expand): unknown names and the shell's special
 * parameters become empty, `$$` becomes `$`, and a `$` that is followed by no name stays. Values put in are not looked at again.
 */
export function expand(text: string, lookup: Lookup): string {
  return text.replaceAll(
    /\$(?:\{([^}]*)\}|(\{)|([A-Za-z_]\w*)|([$*#@!?\-0-9]))/g,
    (_all, braced, open, name, special) => {
      if (special !== undefined) return special === '$' ? '$' : ''
      if (open !== undefined) return ''
      return lookup(name ?? braced ?? '') ?? ''
    },
  )
}

/**
 * Puts a job's variables together (GitLab Runner's order: `before`, the payload, `after`; the last one wins) and expands every
 * value that is not raw against the unexpanded others. A value that names its own variable means the one it replaces.
 */
export function buildVariables(
  before: readonly PlainVariable[],
  payload: readonly JobVariable[],
  after: readonly PlainVariable[],
  filesDir: string,
): JobVariables {
  const all = [...before.map(plain), ...payload, ...after.map(plain)].filter((variable) =>
    /^[^=\0]+$/.test(variable.key),
  )
  const paths = new Map(all.filter((v) => v.file).map((v) => [v.key, `${filesDir}/${v.key.replaceAll(/\W/g, '_')}`]))
  const shown = (variable: JobVariable): string => (variable.file ? (paths.get(variable.key) ?? '') : variable.value)

  const files = new Map<string, string>()
  const secrets = new Set<string>()
  const env: Record<string, string> = {}
  all.forEach((variable, index) => {
    const value = variable.raw ? variable.value : expand(variable.value, (name) => find(all, name, index, shown))
    if (variable.masked) {
      secrets.add(variable.value)
      secrets.add(value)
    }
    const path = variable.file ? paths.get(variable.key) : undefined
    if (path !== undefined) files.set(path, value)
    env[variable.key] = (path ?? value).replaceAll('\0', '')
  })
  const exported = new Set(Object.values(env))
  return {
    env,
    files: [...files].filter(([path]) => exported.has(path)).map(([path, content]) => ({ path, content })),
    secrets: [...secrets].filter((secret) => secret !== ''),
  }
}

function plain({ key, value }: PlainVariable): JobVariable {
  return { key, value, public: true, masked: false, file: false, raw: true }
}

/** The last variable of that name; for the name of the variable at `self`, the one before it. */
function find(
  all: readonly JobVariable[],
  name: string,
  self: number,
  shown: (variable: JobVariable) => string,
): string | undefined {
  const until = all[self]?.key === name ? self : all.length
  for (let index = until - 1; index >= 0; index -= 1) {
    const variable = all[index]
    if (variable !== undefined && variable.key === name) return shown(variable)
  }
  return undefined
}

/** Secrets of a job beyond its masked variables: its own token and the passwords it was handed. */
export function credentialsOf(job: JobPayload): string[] {
  return [
    job.token,
    ...job.credentials.map((credential) => credential.password),
    ...job.dependencies.map((dependency) => dependency.token),
    ...(URL.canParse(job.git_info.repo_url) ? [new URL(job.git_info.repo_url).password] : []),
    splitCredentials(job.git_info.repo_url).password,
  ].filter((secret) => secret !== '')
}
