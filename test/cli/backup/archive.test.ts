import { execFileSync, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { type NewEntry, readArchive, writeArchive } from '../../../src/cli/backup/archive.ts'
import { parsePax, parseTarHeader, tarHeader } from '../../../src/cli/backup/tar.ts'
import { scratchDir } from '../helpers/run.ts'

const contents: [string, Buffer][] = [
  ['database.jsonl', Buffer.from('{"a": 1}\n')],
  ['blobs/empty', Buffer.alloc(0)],
  ['blobs/almost', Buffer.alloc(511, 'a')],
  ['blobs/block', Buffer.alloc(512, 'b')],
  ['blobs/more', Buffer.alloc(513, 'c')],
  ['blobs/large', Buffer.alloc(300_000, 'xyz')],
  [`blobs/${'n'.repeat(94)}`, Buffer.from('a name that just fits')],
  [`blobs/${'n'.repeat(95)}`, Buffer.from('a name that just does not')],
  [`blobs/${'long/'.repeat(60)}end`, Buffer.from('long')],
  ['blobs/naïve-日本', Buffer.from('not ASCII')],
]

async function archive(entries: readonly [string, Buffer][] = contents): Promise<Buffer> {
  async function* made(): AsyncGenerator<NewEntry> {
    for (const [name, content] of entries) yield { name, size: content.length, content: [content] }
  }
  const chunks: Buffer[] = []
  for await (const chunk of writeArchive(made(), '1.2.3')) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** @param piece how many bytes arrive at once */
async function read(bytes: Buffer, piece = 65_536): Promise<[string, Buffer][]> {
  function* pieces(): Generator<Buffer> {
    for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece)
  }
  const found: [string, Buffer][] = []
  for await (const entry of readArchive(Readable.from(pieces()))) {
    const chunks: Buffer[] = []
    for await (const chunk of entry.content()) chunks.push(chunk)
    found.push([entry.name, Buffer.concat(chunks)])
  }
  return found
}

describe('an archive', () => {
  test.each([1_000_000, 65_536, 512, 7])('comes back as it was, in pieces of %i bytes', async (piece) => {
    expect(await read(await archive(), piece)).toEqual(contents)
  })

  test('entries that nobody reads are passed over', async () => {
    const names: string[] = []
    for await (const entry of readArchive(Readable.from([await archive()]))) names.push(entry.name)
    expect(names).toEqual(contents.map(([name]) => name))
  })

  const hasTar = spawnSync('tar', ['--version']).status === 0
  test.skipIf(!hasTar)('can be opened with tar', async () => {
    const folder = await scratchDir()
    const file = join(folder.path, 'a.tar')
    await writeFile(file, await archive())
    const list = execFileSync('tar', ['-tf', file, '--quoting-style=literal'], { encoding: 'utf8' })
      .trimEnd()
      .split('\n')
    expect(list).toEqual(['countersign-backup.json', ...contents.map(([name]) => name), 'end.json'])
    expect(execFileSync('tar', ['-xOf', file, 'blobs/more'])).toEqual(Buffer.alloc(513, 'c'))
    expect(execFileSync('tar', ['-xOf', file, contents[7]?.[0] ?? ''], { encoding: 'utf8' })).toBe(
      'a name that just does not',
    )
    await folder.remove()
  })

  test('sizes beyond eight gigabytes', () => {
    const size = 9 * 2 ** 30
    const bytes = tarHeader('blobs/huge', size, new Date(0))
    const first = parseTarHeader(bytes.subarray(0, 512))
    expect(first).toMatchObject({ type: 'x' })
    expect(parsePax(bytes.subarray(512, 512 + (first?.size ?? 0)))).toEqual({ name: 'blobs/huge', size })
    expect(parseTarHeader(bytes.subarray(-512))).toMatchObject({ type: '0' })
  })

  test.each([1, 83, 84, 85, 86, 87, 88, 89, 980, 990])(
    'a pax record with a name of %i bytes states its own length',
    (length) => {
      const name = 'n'.repeat(length)
      const bytes = tarHeader(name, 2 ** 40, new Date(0))
      const size = parseTarHeader(bytes.subarray(0, 512))?.size ?? 0
      expect(parsePax(bytes.subarray(512, 512 + size))).toEqual({ name, size: 2 ** 40 })
    },
  )

  test('a content of another length than announced is an error of the writer', async () => {
    async function* wrong(): AsyncGenerator<NewEntry> {
      yield { name: 'blobs/a', size: 3, content: [Buffer.from('ab')] }
    }
    const whole = buffer(Readable.from(writeArchive(wrong(), '')))
    await expect(whole).rejects.toThrow('announced with 3')
  })
})

describe('is refused', () => {
  const refusal = { status: 1, message: expect.stringContaining('not a whole Countersign backup') }

  test('cut off anywhere', async () => {
    const bytes = await archive()
    for (let length = 0; length < bytes.length - 1024; length += 479) {
      await expect(read(bytes.subarray(0, length)), `cut at ${length}`).rejects.toMatchObject(refusal)
    }
  })

  test('with any byte changed', async () => {
    const small = await archive([
      ['database.jsonl', Buffer.from('{"a": 1}\n')],
      ['blobs/x', Buffer.alloc(600, 'x')],
    ])
    // The last blocks are zeros that nothing depends on, and the end's own head has a checksum of its own.
    const end = small.indexOf('end.json')
    for (let at = 0; at < end; at += 13) {
      const changed = Buffer.from(small)
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
      await expect(read(changed), `changed at ${at}`).rejects.toMatchObject(refusal)
    }
  })

  test('without an entry', async () => {
    const bytes = await archive([
      ['blobs/first', Buffer.from('1')],
      ['blobs/second', Buffer.from('2')],
    ])
    const at = bytes.indexOf('blobs/first')
    const without = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1024)])
    await expect(read(without)).rejects.toMatchObject(refusal)
  })

  test.each([
    ['something else', Buffer.from('hello'.repeat(1000)), 'it is no tar archive'],
    ['nothing', Buffer.alloc(0), 'its end is missing'],
    ['zeros', Buffer.alloc(2048), 'it does not begin like one'],
    ["somebody else's tar", tarHeader('README', 0, new Date()), 'it does not begin like one'],
  ])('%s', async (_, bytes, reason) => {
    await expect(read(bytes)).rejects.toThrow(reason)
  })

  test('a later format', async () => {
    const bytes = await archive([])
    const text = bytes.toString('latin1').replace('"version":1', '"version":2')
    await expect(read(Buffer.from(text, 'latin1'))).rejects.toThrow('its format 2 is unknown')
  })
})
