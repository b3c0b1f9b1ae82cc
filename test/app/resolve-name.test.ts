import { createSocket, type Socket } from 'node:dgram'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { resolveName } from '../../src/app/resolve-name.ts'

/** A name server on loopback that knows one name, is silent about another, and has heard of no third. */
let server: Socket
let servers: string[]
let asked: string[] = []

beforeAll(async () => {
  server = createSocket('udp4')
  server.on('message', (question, from) => {
    const name = nameIn(question)
    asked.push(name)
    if (name === 'silent.test') return
    server.send(answerTo(question, name), from.port, from.address)
  })
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
  servers = [`127.0.0.1:${server.address().port}`]
})
afterAll(async () => {
  await new Promise<void>((resolve) => server.close(() => resolve()))
})

function nameIn(question: Buffer): string {
  const labels: string[] = []
  for (let at = 12; question[at]; at += 1 + (question[at] ?? 0)) {
    labels.push(question.toString('latin1', at + 1, at + 1 + (question[at] ?? 0)))
  }
  return labels.join('.').toLowerCase()
}

/** An A record for `known.test` (RFC 1035), no such name for anything else. */
function answerTo(question: Buffer, name: string): Buffer {
  const end = 12 + name.length + 2 + 4
  const body = question.subarray(12, end)
  const wantsA = question.readUInt16BE(end - 4) === 1
  const known = name === 'known.test'
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(known ? 0x8180 : 0x8183, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(known && wantsA ? 1 : 0, 6)
  header.writeUInt16BE(0, 8)
  header.writeUInt16BE(0, 10)
  if (!known || !wantsA) return Buffer.concat([header, body])
  return Buffer.concat([header, body, Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7])])
}

describe('names', () => {
  test('come from the name servers', async () => {
    expect(await resolveName('known.test', { servers })).toEqual([{ address: '192.0.2.7', family: 4 }])
  })

  test('without a dot are the system’s', async () => {
    asked = []
    const found = await Promise.all(Array.from({ length: 5 }, () => resolveName('localhost', { servers })))
    for (const addresses of found) {
      expect(addresses.every(({ address }) => address === '127.0.0.1' || address === '::1')).toBe(true)
      expect(addresses.length).toBeGreaterThan(0)
    }
    expect(asked).toEqual([])
  })

  test('that nobody answers for end in time', async () => {
    expect(await resolveName('silent.test', { servers, limit: 100 })).toEqual([])
  })
})
