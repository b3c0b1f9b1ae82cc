/** Notes which files a configuration includes while it is compiled. */
import type { ConfigReader } from '../ci/types.ts'
import type { Project } from '../db/projects.ts'
import type { App } from './context.ts'

export interface IncludedFile {
  readonly type: 'local' | 'file'
  readonly location: string
  /** Addresses of the file: as a page, and as it is. */
  readonly blob: string
  readonly raw: string
  readonly extra: Readonly<Record<string, string>>
  readonly contextProject: string
  readonly contextSha: string
}

/** @param sha of the commit that is read; null: there is none yet, and no local file either */
export function recordIncludes(
  app: App,
  project: Project,
  sha: string | null,
): { readonly watch: (reader: ConfigReader) => ConfigReader; readonly files: () => IncludedFile[] } {
  const found = new Map<string, IncludedFile>()
  const context = { contextProject: project.full_path, contextSha: sha ?? '' }
  const note = (type: IncludedFile['type'], location: string, at: { path: string; sha: string }, extra = {}) => {
    const address = (kind: string) => `${app.externalUrl}/${at.path}/-/${kind}/${at.sha}/${location}`
    const file = { type, location, blob: address('blob'), raw: address('raw'), extra, ...context }
    found.set(`${at.path}\0${at.sha}\0${location}`, file)
  }
  const watch = (reader: ConfigReader): ConfigReader => ({
    ...reader,
    readLocal: async (path) => {
      const text = sha === null ? null : await reader.readLocal(path)
      if (text !== null) note('local', path, { path: project.full_path, sha: sha ?? '' })
      return text
    },
    listLocal: async () => (sha === null ? [] : reader.listLocal()),
    changedPaths: async (compareTo) => (sha === null ? null : reader.changedPaths(compareTo)),
    openProject: async (path, ref) => {
      const opened = await reader.openProject(path, ref)
      if (!opened.found) return opened
      const read = async (file: string) => {
        const text = await opened.read(file)
        if (text !== null) note('file', file, { path, sha: opened.sha }, { project: path, ref: ref ?? 'HEAD' })
        return text
      }
      return { ...opened, read }
    },
  })
  return { watch, files: () => [...found.values()] }
}
