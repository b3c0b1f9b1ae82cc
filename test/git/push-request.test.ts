import { describe, expect, it } from 'vitest'
import { flushPkt, pktLine, pktLineReader, sideBand } from '../../src/git/pkt-line.ts'
import { parsePushReport, refusalAnswer, remoteText } from '../../src/git/push-report.ts'
import { checkCommands, type PushRequest, readPushRequest, writePushRequest } from '../../src/git/push-request.ts'

const a = 'a'.repeat(40)
const b = 'b'.repeat(40)
const zero = '0'.repeat(40)

/** Reads bytes that arrive in pieces of `size`. */
async function read(bytes: Buffer, size: number): Promise<{ request: PushRequest | null; rest: Buffer }> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
  }
  const chunks = pieces()[Symbol.asyncIterator]()
  const reader = pktLineReader()
  const request = await readPushRequest(reader, chunks)
  const rest = [reader.rest()]
  for (let chunk = await chunks.next(); !chunk.done; chunk = await chunks.next()) rest.push(chunk.value)
  return { request, rest: Buffer.concat(rest) }
}

const whole: PushRequest = {
  commands: [
    { ref: 'refs/heads/main', oldSha: zero, newSha: a },
    { ref: 'refs/tags/ü', oldSha: a, newSha: zero },
  ],
  shallow: [b],
  capabilities: ['report-status', 'side-band-64k', 'push-options', 'agent=git/2.39.5'],
  pushOptions: ['ci.skip', 'ci.variable=A=ü'],
}

describe('a push request', () => {
  it.each([1, 3, 64, 100_000])('is read from pieces of %i bytes, and the pack is left alone', async (size) => {
    const pack = Buffer.from('PACK\0\0\0\x02 any bytes 0000')
    const { request, rest } = await read(Buffer.concat([writePushRequest(whole), pack]), size)
    expect(request).toEqual(whole)
    expect(rest).toEqual(pack)
  })

  it('is not there in an empty body, and empty in a probe', async () => {
    expect((await read(Buffer.alloc(0), 1)).request).toBeNull()
    expect((await read(flushPkt, 4)).request?.commands).toEqual([])
  })

  it('forgets capabilities that this server does not know', async () => {
    const line = pktLine(`${zero} ${a} refs/heads/x\0report-status push-cert=x unknown quiet object-format=sha1\n`)
    expect((await read(Buffer.concat([line, flushPkt]), 10)).request?.capabilities).toEqual(['report-status', 'quiet'])
  })

  it.each([
    ['a name with a space', pktLine(`${zero} ${a} refs/heads/a b\0 report-status`)],
    ['a name with an escape', pktLine(`${zero} ${a} refs/heads/a\u001b[2J\0 report-status`)],
    [
      'a name that is not UTF-8',
      pktLine(Buffer.concat([Buffer.from(`${zero} ${a} refs/heads/`), Buffer.from([0xff])])),
    ],
    ['upper case in an id', pktLine(`${zero} ${a.toUpperCase()} refs/heads/a`)],
    ['a short id', pktLine(`${zero} aaaa refs/heads/a`)],
    ['a packet of length 1', Buffer.from('0001')],
    ['a packet that is too long', Buffer.from('ffff')],
  ])('is refused with %s', async (_, line) => {
    await expect(read(Buffer.concat([line, flushPkt]), 7)).rejects.toThrow()
  })

  it('is refused when its list of refs never ends', async () => {
    const line = pktLine(`${zero} ${a} refs/heads/${'x'.repeat(60_000)}`)
    async function* endless() {
      for (;;) yield line
    }
    await expect(readPushRequest(pktLineReader(), endless())).rejects.toThrow('too long')
  })
})

describe('checkCommands', () => {
  const command = (ref: string, oldSha = zero, newSha = a) => ({ ref, oldSha, newSha })

  it('tells creations, updates and deletions of branches and tags', () => {
    const commands = [command('refs/heads/v1'), command('refs/tags/v1', a, b), command('refs/heads/x', a, zero)]
    expect(checkCommands(commands)).toEqual({
      updates: [
        { ...commands[0], type: 'branch', name: 'v1', kind: 'create' },
        { ...commands[1], type: 'tag', name: 'v1', kind: 'update' },
        { ...commands[2], type: 'branch', name: 'x', kind: 'delete' },
      ],
    })
  })

  it.each([
    [[command('refs/pipelines/1')]],
    [[command('refs/notes/x')]],
    [[command('HEAD')]],
    [[command('refs/heads/')]],
    [[command('refs/heads/../x')]],
    [[command('refs/heads/x'), command('refs/heads/x')]],
    [[command('refs/heads/x'), command('refs/pipelines/1', a, zero)]],
  ])('refuses %j', (commands) => expect(checkCommands(commands)).toHaveProperty('refusal'))
})

describe('a push report', () => {
  it('is read with its reasons and options', () => {
    const bytes = Buffer.concat([
      pktLine('unpack ok\n'),
      pktLine('ok refs/heads/a\n'),
      pktLine('option refname refs/heads/a\n'),
      pktLine('ng refs/heads/b failed to update ref\n'),
      flushPkt,
    ])
    const report = parsePushReport(bytes)
    expect(report?.unpack).toBe('ok')
    expect([...(report?.refs ?? [])]).toEqual([
      ['refs/heads/a', 'ok'],
      ['refs/heads/b', { reason: 'failed to update ref' }],
    ])
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no end', pktLine('unpack ok\n')],
    ['no first line', Buffer.concat([pktLine('ok refs/heads/a\n'), flushPkt])],
    ['other bytes', Buffer.from('fatal: oops')],
  ])('is not there in %s', (_, bytes) => expect(parsePushReport(bytes)).toBeNull())

  it('of a refusal carries the reason with and without side bands', () => {
    const plain = refusalAnswer(['refs/heads/a'], 'No.\nNever.', ['report-status']).toString()
    expect(plain).toContain('ng refs/heads/a No. Never.')
    const sided = refusalAnswer(['refs/heads/a'], 'No.', ['report-status', 'side-band-64k'])
    expect(sided.subarray(0, 9).toString()).toBe('0009\x02No.\n')
  })

  it('does not let text repaint the terminal', () => {
    expect(remoteText('a\u001b[2Jb\r\nc\u009b')).toBe('a [2Jb \nc\n')
  })
})

it('side bands cut long data into packets', () => {
  const packets = sideBand(1, Buffer.alloc(70_000, 'x'))
  const reader = pktLineReader()
  reader.push(packets)
  const sizes: number[] = []
  for (let packet = reader.next(); packet; packet = reader.next())
    if (packet.type === 'data') sizes.push(packet.data.length)
  expect(sizes).toEqual([65_516, 70_000 - 65_515 + 1])
})
