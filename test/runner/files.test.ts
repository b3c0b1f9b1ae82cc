import { execFileSync, spawnSync } from 'node:child_process'
import { lstat, mkdir, mkdtemp, open, readFile, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { listFiles } from '../../src/runner/file-list.ts'
import { expandBraces, matchSegments, patternSegments } from '../../src/runner/glob.ts'
import { extractZip } from '../../src/runner/zip-extract.ts'
import { readZipDirectory } from '../../src/runner/zip-reader.ts'
import { writeZip } from '../../src/runner/zip-writer.ts'

async function scratch(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'countersign-files-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return dir
}

async function tree(root: string, files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(dirname(join(root, file)), { recursive: true })
    await writeFile(join(root, file), file)
  }
}

async function pack(root: string, zip: string, paths: readonly string[]): Promise<void> {
  const out = await open(zip, 'wx')
  await writeZip(out.fd, root, paths)
  await out.close()
}

async function unpack(zip: string, root: string) {
  await mkdir(root, { recursive: true })
  const file = await open(zip)
  try {
    return await extractZip(file, root)
  } finally {
    await file.close()
  }
}

async function contents(root: string): Promise<Record<string, string>> {
  const { paths } = await listFiles(root, ['.'], [], null)
  const texts = paths.map(async (path) => {
    const stats = await lstat(join(root, path))
    return [path, stats.isDirectory() ? '' : crc32(await readFile(join(root, path))).toString(16)]
  })
  return Object.fromEntries(await Promise.all(texts))
}

describe('path patterns', () => {
  it.each([
    ['*.txt', 'a.txt', true],
    ['*.txt', 'b/a.txt', false],
    ['**/*.txt', 'a.txt', true],
    ['**/*.txt', 'b/c/a.txt', true],
    ['a/**', 'a', true],
    ['a/**', 'a/b/c', true],
    ['a/**/c', 'a/c', true],
    ['a/**/c', 'a/b/b/c', true],
    ['a/**/c', 'a/b/d', false],
    ['?.js', 'x.js', true],
    ['?.js', 'xy.js', false],
    ['[a-c]x', 'bx', true],
    ['[!a-c]x', 'bx', false],
    ['[!a-c]x', 'zx', true],
    ['a[]b', 'a[]b', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['*', '.hidden', true],
    ['a*b*c', 'axxbyyc', true],
    ['a*b*c', 'axxbyy', false],
  ])('%s and %s: %s', (pattern, path, matches) => {
    expect(matchSegments(pattern.split('/'), path.split('/'))).toBe(matches)
  })

  it('expand braces', () => {
    expect(expandBraces('{a,b{1,2}}/*.{x,y}')).toEqual(['a/*.x', 'a/*.y', 'b1/*.x', 'b1/*.y', 'b2/*.x', 'b2/*.y'])
    expect(expandBraces('a{b')).toEqual(['a{b'])
  })

  it.each([
    ['dist/', ['dist']],
    ['./a//b', ['a', 'b']],
    ['/root/x', ['x']],
    ['a/../b', ['b']],
    ['.', []],
    ['../x', null],
    ['/etc/passwd', null],
  ])('%s is %j below the project', (pattern, segments) => {
    expect(patternSegments(pattern, '/root')).toEqual(segments)
  })

  it('take time in proportion to their length', () => {
    const pattern = [`${'a*'.repeat(200)}b`]
    expect(matchSegments(pattern, ['a'.repeat(4000)])).toBe(false)
    expect(
      matchSegments(
        Array.from({ length: 200 }, () => '**'),
        Array.from({ length: 400 }, () => 'x'),
      ),
    ).toBe(true)
  })
})

describe('the list of files', () => {
  it('takes directories whole, excludes single paths and says what it found', async () => {
    const root = await scratch()
    await tree(root, ['dist/a.js', 'dist/a.js.map', 'dist/sub/b.js', 'dist/.keep', 'src/c.ts', 'readme.md'])
    const list = await listFiles(root, ['dist/', '*.md', 'missing'], ['**/*.map'], null)
    expect(list.paths).toEqual(['dist', 'dist/.keep', 'dist/a.js', 'dist/sub', 'dist/sub/b.js', 'readme.md'])
    expect(list.notes).toContain('WARNING: missing: no matching files')
    expect(list.notes).toContain('excluded 1 files')
  })

  it('excludes nothing below a directory that is named without a pattern', async () => {
    const root = await scratch()
    await tree(root, ['bin/a', 'bin/b'])
    expect((await listFiles(root, ['bin'], ['bin/'], null)).paths).toEqual(['bin/a', 'bin/b'])
  })

  it('does not leave the project directory, by path or over a link', async () => {
    const root = await scratch()
    await symlink('/etc', join(root, 'etc'))
    const list = await listFiles(root, ['../*', '/etc/hostname', 'etc/hostname', 'etc/host*', 'etc'], [], null)
    expect(list.paths).toEqual(['etc'])
    expect(list.notes.filter((note) => note.includes('outside'))).toHaveLength(4)
  })
})

describe('zip archives', () => {
  it('come back as they were', async () => {
    const [root, dir] = [await scratch(), await scratch()]
    await tree(root, ['a.txt', 'deep/er/ümläut.txt', 'empty/x'])
    await writeFile(join(root, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 })
    await writeFile(join(root, 'large.bin'), Buffer.alloc(9 * 1024 * 1024, 'countersign '))
    await writeFile(join(root, 'nothing'), '')
    await symlink('a.txt', join(root, 'link'))
    await utimes(join(root, 'a.txt'), 1_600_000_001, 1_600_000_001)
    const zip = join(dir, 'x.zip')
    await pack(root, zip, (await listFiles(root, ['.'], [], null)).paths)
    const copy = join(dir, 'copy')
    await unpack(zip, copy)
    expect(await contents(copy)).toEqual(await contents(root))
    expect(await readlink(join(copy, 'link'))).toBe('a.txt')
    expect((await stat(join(copy, 'run.sh'))).mode & 0o777).toBe(0o755)
    expect((await stat(join(copy, 'a.txt'))).mtimeMs).toBe(1_600_000_001_000)
  })

  it('with more than 65535 entries use the wide format', async () => {
    const dir = await scratch()
    await mkdir(join(dir, 'd'))
    const zip = join(dir, 'x.zip')
    await pack(
      dir,
      zip,
      Array.from({ length: 65_600 }, () => 'd'),
    )
    const file = await open(zip)
    expect(await readZipDirectory(file)).toHaveLength(65_600)
    await file.close()
  })

  it('made by other programs are understood', async () => {
    const dir = await scratch()
    await tree(dir, ['d/f.txt', 'top'])
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=T', '-c', 'user.email=t@example.com', ...args], { cwd: dir })
    git('init', '--quiet')
    git('add', '.')
    git('commit', '--quiet', '-m', 'files')
    git('archive', '--format=zip', '-o', 'x.zip', 'HEAD')
    expect(await unpack(join(dir, 'x.zip'), join(dir, 'out'))).toEqual({ count: 3, notes: [] })
    expect(await readFile(join(dir, 'out/d/f.txt'), 'utf8')).toBe('d/f.txt')
  })

  it.skipIf(spawnSync('unzip', ['-v']).error !== undefined)('can be read by unzip', async () => {
    const dir = await scratch()
    await tree(dir, ['a/b.txt', 'ümläut.txt'])
    await pack(dir, join(dir, 'x.zip'), ['a', 'a/b.txt', 'ümläut.txt'])
    expect(execFileSync('unzip', ['-t', join(dir, 'x.zip')], { encoding: 'utf8' })).toContain('No errors detected')
  })

  it.each(['../evil', '/evil', 'a/../../evil', 'a//b', 'a\\b'])('with the path %s are refused', async (name) => {
    const dir = await scratch()
    const zip = join(dir, 'x.zip')
    await writeFile(zip, handMadeZip([{ name, mode: 0o100644, data: 'x' }]))
    await expect(unpack(zip, join(dir, 'out'))).rejects.toThrow('forbidden path')
  })

  it.each([
    ['/etc', []],
    ['../..', []],
    ['..', []],
    ['a/../..', []],
    ['sub/f', ['l']],
    ['.', ['l']],
  ])('with a link to %s make the links %j', async (goal, made) => {
    const dir = await scratch()
    const zip = join(dir, 'x.zip')
    const entries = [
      { name: 'l', mode: 0o120777, data: goal },
      { name: 'sub/f', mode: 0o100644, data: 'x' },
    ]
    await writeFile(zip, handMadeZip(entries))
    const { notes } = await unpack(zip, join(dir, 'out'))
    expect(
      await readlink(join(dir, 'out/l')).then(
        () => ['l'],
        () => [],
      ),
    ).toEqual(made)
    expect(notes).toHaveLength(1 - made.length)
  })

  it('do not write through links that are there already', async () => {
    const dir = await scratch()
    const zip = join(dir, 'x.zip')
    await mkdir(join(dir, 'out'))
    await mkdir(join(dir, 'outside'))
    await writeFile(join(dir, 'outside/kept'), 'kept')
    await symlink('../outside', join(dir, 'out/d'))
    await symlink('../outside/kept', join(dir, 'out/f'))
    await writeFile(
      zip,
      handMadeZip([
        { name: 'f', mode: 0o100644, data: 'new' },
        { name: 'd/x', mode: 0o100644, data: 'x' },
      ]),
    )
    await expect(unpack(zip, join(dir, 'out'))).rejects.toThrow('not a directory of the project')
    expect(await readFile(join(dir, 'outside/kept'), 'utf8')).toBe('kept')
    await expect(stat(join(dir, 'outside/x'))).rejects.toThrow('ENOENT')
  })

  it('that are damaged are refused', async () => {
    const dir = await scratch()
    const zip = join(dir, 'x.zip')
    const bytes = handMadeZip([{ name: 'f', mode: 0o100644, data: 'content' }])
    bytes[32] = (bytes[32] ?? 0) ^ 1
    await writeFile(zip, bytes)
    await expect(unpack(zip, join(dir, 'out'))).rejects.toThrow('damaged')
    await writeFile(zip, 'no archive')
    await expect(unpack(zip, join(dir, 'out'))).rejects.toThrow('not a zip archive')
  })
})

/** A stored zip with whatever names and modes a hostile program would use. */
function handMadeZip(entries: readonly { name: string; mode: number; data: string }[]): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const { name, mode, data } of entries) {
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(name.length, 26)
    const record = Buffer.alloc(46)
    record.writeUInt32LE(0x02014b50, 0)
    record.writeUInt8(3, 5)
    record.writeUInt32LE(crc32(data), 16)
    record.writeUInt32LE(data.length, 20)
    record.writeUInt32LE(data.length, 24)
    record.writeUInt16LE(name.length, 28)
    record.writeUInt32LE(mode * 0x10000, 38)
    record.writeUInt32LE(offset, 42)
    local.push(head, Buffer.from(name), Buffer.from(data))
    central.push(record, Buffer.from(name))
    offset += head.length + name.length + data.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(entries.length, 10)
  end.writeUInt32LE(Buffer.concat(central).length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...local, ...central, end])
}
