/** One packet of git's wire format: a flush (`0000`), or data. */
export type Packet = { readonly type: 'flush' } | { readonly type: 'data'; readonly data: Buffer }

const maxData = 65_516

/** A data packet: four hexadecimal digits of total length, then the data (at most 65,516 bytes). */
export function pktLine(data: Buffer | string): Buffer {
  const bytes = Buffer.from(data)
  if (bytes.length > maxData) throw new RangeError(`A packet holds at most ${maxData} bytes`)
  return Buffer.concat([Buffer.from((bytes.length + 4).toString(16).padStart(4, '0')), bytes])
}

export const flushPkt: Buffer = Buffer.from('0000')

/** Wraps data into side-band packets: band 1 is the answer, 2 is shown as `remote: …`, 3 ends the conversation. */
export function sideBand(band: 1 | 2 | 3, data: Buffer | string): Buffer {
  const bytes = Buffer.from(data)
  const packets: Buffer[] = []
  // A byte of the packet goes to the band number.
  for (let at = 0; at < bytes.length; at += maxData - 1) {
    packets.push(pktLine(Buffer.concat([Buffer.from([band]), bytes.subarray(at, at + maxData - 1)])))
  }
  return Buffer.concat(packets)
}

/** Bytes that are not git's wire format. */
export class PktLineError extends Error {}

export type PktLineReader = {
  /** Adds bytes as they arrived, cut anywhere. */
  push(bytes: Buffer): void
  /** The next whole packet, or null when more bytes are needed. Throws PktLineError on anything but packets. */
  next(): Packet | null
  /** Takes the bytes that were pushed and not yet read as packets. */
  rest(): Buffer
}

/** Cuts a stream of bytes into packets; it never holds more than one incomplete packet beyond what was just pushed. */
export function pktLineReader(): PktLineReader {
  let buffer: Buffer = Buffer.alloc(0)
  const take = (length: number): Buffer => {
    const taken = buffer.subarray(0, length)
    buffer = buffer.subarray(length)
    return taken
  }
  return {
    push(bytes) {
      buffer = buffer.length === 0 ? bytes : Buffer.concat([buffer, bytes])
    },
    next() {
      if (buffer.length < 4) return null
      const digits = buffer.toString('latin1', 0, 4)
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new PktLineError('Not a packet length')
      const length = Number.parseInt(digits, 16)
      if (length === 0) {
        take(4)
        return { type: 'flush' }
      }
      if (length < 4 || length > maxData + 4) throw new PktLineError(`Packet length ${length}`)
      if (buffer.length < length) return null
      return { type: 'data', data: take(length).subarray(4) }
    },
    rest: () => take(buffer.length),
  }
}
