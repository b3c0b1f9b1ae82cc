import type { ConfigReader } from './types.ts'

/** What a question was answered, or that it has not been answered yet. */
export type Answer<T> = { readonly known: true; readonly value: T } | { readonly known: false }

export type ChangedPaths = readonly string[] | null | { readonly problem: 'invalid_ref' }
export type Listing = FileList | { readonly missing: 'project' | 'ref' }

/** The files of a tree, ready to be asked for by name and by directory. */
export interface FileList {
  readonly paths: readonly string[]
  readonly files: ReadonlySet<string>
  /** With a trailing slash. */
  readonly directories: ReadonlySet<string>
}

/**
 * Lets rules, which are synchronous, ask the asynchronous reader: a rule that needs what is not known yet notes its question and
 * is evaluated again after `answer`. Every question is asked once per compilation.
 */
export interface Questions {
  readonly changedPaths: (compareTo: string | null) => Answer<ChangedPaths>
  readonly localFiles: () => Answer<Listing>
  readonly projectFiles: (project: string, ref: string | null) => Answer<Listing>
  /** Whether a question is waiting. */
  readonly pending: () => boolean
  /** Puts the waiting questions to the reader. */
  readonly answer: () => Promise<void>
}

export function makeQuestions(reader: ConfigReader, localFiles: () => Promise<readonly string[]>): Questions {
  const known = new Map<string, ChangedPaths | Listing>()
  const waiting = new Map<string, () => Promise<ChangedPaths | Listing>>()
  const ask = <T extends ChangedPaths | Listing>(key: string, put: () => Promise<T>): Answer<T> => {
    if (known.has(key)) return { known: true, value: known.get(key) as T }
    waiting.set(key, put)
    return { known: false }
  }
  return {
    changedPaths: (compareTo) => ask(`changed ${compareTo ?? ''}`, () => reader.changedPaths(compareTo)),
    localFiles: () => ask('local', async () => makeFileList(await localFiles())),
    projectFiles: (project, ref) => ask(`project ${project} ${ref ?? ''}`, () => listProject(reader, project, ref)),
    pending: () => waiting.size > 0,
    answer: async () => {
      const asked = [...waiting]
      waiting.clear()
      const answers = await Promise.all(asked.map(async ([key, put]) => [key, await put()] as const))
      for (const [key, answer] of answers) known.set(key, answer)
    },
  }
}

async function listProject(reader: ConfigReader, project: string, ref: string | null): Promise<Listing> {
  const opened = await reader.openProject(project, ref)
  return opened.found ? makeFileList(await opened.list()) : { missing: opened.missing }
}

export function makeFileList(paths: readonly string[]): FileList {
  const directories = new Set<string>()
  for (const path of paths) {
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const directory = path.slice(0, slash + 1)
      if (directories.has(directory)) break
      directories.add(directory)
    }
  }
  return { paths, files: new Set(paths), directories }
}
