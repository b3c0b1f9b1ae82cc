import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BlobStore } from '../../src/blobs/blob-store.ts'
import { openDirectoryStore } from '../../src/blobs/directory-store.ts'
import { openZipEntry } from '../../src/blobs/zip-entry.ts'
import { type ZipInput, zipOf } from '../helpers/zip.ts'

let root: string
let blobs: BlobStore
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'countersign-zip-'))
  blobs = await openDirectoryStore(join(root, 'blobs'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

let archives = 0
async function entry(zip: Buffer, path: string): Promise<string> {
  archives += 1
  const key = `zip/${archives}`
  await blobs.put(key, Readable.from([zip]), 100_000_000)
  const opened = await openZipEntry({ blobs, key, size: zip.length }, path)
  if (!opened.ok) return opened.error.code
  return buffer(opened.value.content).then(
    (bytes) => bytes.toString(),
    () => 'the stream failed',
  )
}

describe('one file out of an archive', () => {
  const long = 'line of text\n'.repeat(100_000)
  const files: ZipInput[] = [
    { name: 'dir/', data: '' },
    { name: 'dir/a.txt', data: 'hello' },
    { name: 'stored.txt', data: 'as it is', method: 0 },
    { name: 'empty', data: '' },
    { name: 'naïve ✓.txt', data: 'unicode' },
    { name: 'long', data: long },
    { name: 'wide', data: 'zip64', wide: true },
    { name: 'unix', data: 'mode', mode: 0o100644 },
    { name: 'link', data: '/etc/passwd', mode: 0o120777 },
    { name: '../escape', data: 'x' },
  ]
  it.each([
    ['dir/a.txt', 'hello'],
    ['stored.txt', 'as it is'],
    ['empty', ''],
    ['naïve ✓.txt', 'unicode'],
    ['long', long],
    ['wide', 'zip64'],
    ['unix', 'mode'],
    ['dir', 'file_not_found'],
    ['a.txt', 'file_not_found'],
    ['link', 'file_not_found'],
    ['', 'file_not_found'],
  ])('%j', async (path, content) => {
    expect((await entry(zipOf(files), path)) === content).toBe(true)
  })

  it('finds the end behind a comment', async () => {
    expect(await entry(zipOf(files, { comment: 'c'.repeat(65_535) }), 'dir/a.txt')).toBe('hello')
  })

  it.each<[string, Buffer]>([
    ['no archive', Buffer.from('not a zip')],
    ['nothing', Buffer.alloc(0)],
    ['the beginning is missing', zipOf(files).subarray(40)],
    ['encrypted', zipOf([{ name: 'dir/a.txt', data: 'x', encrypted: true }])],
    ['another compression', zipOf([{ name: 'dir/a.txt', data: 'x', method: 93 }])],
    ['a directory that is elsewhere', broken((zip, end) => zip.writeUInt32LE(0xfffffff0, end + 16))],
    ['a huge directory', broken((zip, end) => zip.writeUInt32LE(0xfffffff0, end + 12))],
    ['an entry without its magic', broken((zip, end) => zip.writeUInt32LE(0, zip.readUInt32LE(end + 16)))],
  ])('refuses %s', async (_, zip) => {
    expect(await entry(zip, 'dir/a.txt')).toBe('unreadable_archive')
  })

  it('stops when a file is longer than the archive says, or shorter', async () => {
    const bomb = zipOf([{ name: 'bomb', data: Buffer.alloc(5_000_000), claimedSize: 10 }])
    expect(await entry(bomb, 'bomb')).toBe('the stream failed')
    expect(await entry(zipOf([{ name: 'short', data: 'abc', claimedSize: 10 }]), 'short')).toBe('the stream failed')
  })
})

function broken(change: (zip: Buffer, end: number) => void): Buffer {
  const zip = zipOf([{ name: 'dir/a.txt', data: 'hello' }])
  change(zip, zip.length - 22)
  return zip
}
