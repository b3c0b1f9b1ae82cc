import { flushPkt, pktLine, pktLineReader, sideBand } from './pkt-line.ts'

/** What git answered to a push: whether the pack was stored, and what became of each ref. */
export type PushReport = {
  readonly unpack: string
  /** Refs that were moved, and refs that were not with the reason. */
  readonly refs: ReadonlyMap<string, 'ok' | { readonly reason: string }>
}

/** Parses the packets of `report-status` or `report-status-v2`; null when they are not a complete report. */
export function parsePushReport(bytes: Buffer): PushReport | null {
  const reader = pktLineReader()
  reader.push(bytes)
  let unpack: string | null = null
  const refs = new Map<string, 'ok' | { reason: string }>()
  try {
    for (let packet = reader.next(); packet; packet = reader.next()) {
      if (packet.type === 'flush') return unpack === null ? null : { unpack, refs }
      const line = packet.data.toString('utf8').replace(/\n$/, '')
      const [word = '', name = '', ...reason] = line.split(' ')
      if (word === 'unpack') unpack = line.slice('unpack '.length)
      else if (word === 'ok') refs.set(name, 'ok')
      else if (word === 'ng') refs.set(name, { reason: reason.join(' ') })
    }
  } catch {
    return null
  }
  return null
}

/**
 * The whole answer to a push that is refused before anything is stored: the sentence for the person, shown as
 * `remote: …` where the client can show it, and every ref reported as not updated.
 */
export function refusalAnswer(refs: readonly string[], sentence: string, capabilities: readonly string[]): Buffer {
  const sided = capabilities.includes('side-band-64k')
  const reason = sided ? 'pre-receive hook declined' : oneLine(sentence)
  const report = Buffer.concat([
    pktLine('unpack ok\n'),
    ...refs.map((ref) => pktLine(`ng ${ref} ${reason}\n`)),
    flushPkt,
  ])
  if (!sided) return report
  return Buffer.concat([sideBand(2, remoteText(sentence)), sideBand(1, report), flushPkt])
}

/** Text for the pusher's terminal: our lines, without control characters that could repaint it. */
export function remoteText(sentence: string): string {
  // oxlint-disable-next-line eslint/no-control-regex -- control characters are what is removed
  return `${sentence.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, ' ').trimEnd()}\n`
}

function oneLine(sentence: string): string {
  return remoteText(sentence).replace(/\s+/g, ' ').trim().slice(0, 1000)
}
