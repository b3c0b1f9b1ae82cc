/** The walls between the folders of src: the table in docs/architecture.md, the linter, and the imports that there are. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, posix, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
const folders = readdirSync(join(root, 'src'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

interface Wall {
  readonly folder: string
  readonly may: readonly string[]
  readonly never: readonly string[]
  /** Packages and `node:` modules too must be named. */
  readonly strict: boolean
}

const quoted = (text: string) => [...text.matchAll(/`([^`]+)`/g)].flatMap((match) => match[1] ?? [])

function wallsOf(markdown: string): Wall[] {
  const lines = markdown.split('\n')
  const head = lines.indexOf('| folder | may import | never |')
  if (head === -1) throw new Error('docs/architecture.md has no table of walls')
  const end = lines.findIndex((line, index) => index > head && line === '')
  return lines.slice(head + 2, end).map((line) => {
    const [, folder = '', may = '', never = ''] = line.split('|')
    const strict = never.includes('anything else')
    return { folder: quoted(folder)[0] ?? '', may: quoted(may), never: strict ? [] : quoted(never), strict }
  })
}

const walls = wallsOf(page)

/** Files of cli that the page names as exceptions, as globs. */
const exceptions = quoted(/look behind the walls:\n([^]*?)\n\n/.exec(page)?.[1] ?? '')

describe('the table', () => {
  test('has a row for every folder', () => {
    expect(walls.map((wall) => wall.folder).toSorted()).toEqual(folders.toSorted())
  })

  test.each(walls)(
    'of $folder says about every folder whether it may be imported',
    ({ folder, may, never, strict }) => {
      const others = folders.filter((other) => other !== folder).toSorted()
      const allowed = may.filter((name) => folders.includes(name) && name !== folder)
      const refused = strict ? others.filter((other) => !allowed.includes(other)) : never
      expect([...allowed, ...refused].toSorted()).toEqual(others)
    },
  )
})

describe('the linter', () => {
  let scratch = ''
  const refused = new Map<string, string[]>()
  const depths = ['', 'a/', 'a/b/', 'a/b/c/']
  const targets = folders.map((name) => ({ name, from: (up: string) => `${up}${name}/x.ts` }))
  const packages = ['zod', 'yaml', 'picomatch', 're2js', 'pg', 'node:fs'].map((name) => ({ name, from: () => name }))
  const probes = [...targets, ...packages]

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'countersign-walls-'))
    copyFileSync(join(root, '.oxlintrc.json'), join(scratch, '.oxlintrc.json'))
    for (const folder of folders) {
      for (const depth of depths) {
        const up = '../'.repeat(depth.split('/').length)
        const file = join(scratch, 'src', folder, depth, 'probe.ts')
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, probes.map(({ from }) => `import '${from(up)}'\n`).join(''))
      }
    }
    const { stdout } = spawnSync(join(root, 'node_modules/.bin/oxlint'), ['--format', 'json', 'src'], {
      cwd: scratch,
      encoding: 'utf8',
    })
    const report = JSON.parse(stdout) as {
      diagnostics: { code: string; filename: string; labels: { span: { line: number } }[] }[]
    }
    for (const { code, filename, labels } of report.diagnostics) {
      if (!code.includes('no-restricted-imports')) continue
      const probe = probes[(labels[0]?.span.line ?? 0) - 1]
      refused.set(filename, [...(refused.get(filename) ?? []), probe?.name ?? 'unknown'])
    }
  })
  afterAll(() => rmSync(scratch, { recursive: true, force: true }))

  const cases = walls.flatMap((wall) => depths.map((depth) => [`src/${wall.folder}/${depth}`, wall] as const))
  test.each(cases)('refuses in %s what the table refuses', (place, { folder, may, strict }) => {
    const expected = probes
      .map(({ name }) => name)
      .filter((name) => name !== folder && !may.includes(name) && (strict || folders.includes(name)))
    const got = (refused.get(`${place}probe.ts`) ?? []).filter((name) => name !== folder)
    expect(got.toSorted()).toEqual(expected.toSorted())
  })

  test('makes the exceptions that the page names, and no others', () => {
    const config = JSON.parse(readFileSync(join(root, '.oxlintrc.json'), 'utf8')) as {
      overrides: { files: string[]; excludeFiles?: string[] }[]
    }
    const excluded = config.overrides.flatMap(({ excludeFiles }) => excludeFiles ?? [])
    expect([...new Set(excluded)].toSorted()).toEqual(exceptions.toSorted())
  })
})

// The linter does not look at `import(…)`.
describe('the imports that there are', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  const excepted = (file: string) => exceptions.some((glob) => posix.matchesGlob(file, glob))

  test.each(walls)('of $folder keep to the table', ({ folder, may, strict }) => {
    const own = files.filter((file) => file.startsWith(`src/${folder}/`) && !excepted(file))
    const wrong = own.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      const specifiers = [...text.matchAll(/\b(?:from|import)\s*\(?\s*'([\w@./:-]+)'/g)].flatMap(
        (match) => match[1] ?? [],
      )
      return specifiers
        .filter((specifier) => {
          if (!specifier.startsWith('.')) return strict && !may.includes(specifier)
          const [top = '', second = '', ...deeper] = posix.join(dirname(file), specifier).split('/')
          if (top !== 'src') return true
          // config.ts, log.ts and version.ts stand beside the folders.
          return deeper.length === 0 ? strict : second !== folder && !may.includes(second)
        })
        .map((specifier) => `${file}: ${specifier}`)
    })
    expect(wrong).toEqual([])
  })

  test('are found at all', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(files.filter(excepted).length).toBeGreaterThan(1)
  })
})
