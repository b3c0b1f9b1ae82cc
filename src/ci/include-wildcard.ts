import { compileSource } from './regexp.ts'

/** Makes a test for the wildcards of `include:local`: `*` does not cross `/`, `**` does. */
export function wildcardTest(path: string): (candidate: string) => boolean {
  const source = path
    .split(/(\*+)/)
    .map((part) =>
      part.startsWith('**') ? '.*' : part === '*' ? '[^/]*' : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
    )
    .join('')
  const regexp = compileSource(`(?s)\\A${source}\\z`)
  return (candidate) => regexp?.matcher(candidate).find() ?? false
}
