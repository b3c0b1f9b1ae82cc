/** Small zip archives made by hand, so that reading is not tested with the writer of the same program. */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipInput {
  readonly name: string
  readonly data: Buffer | string
  /** 8 deflates, 0 stores, anything else only says so. Default 8. */
  readonly method?: number
  /** Unix file type and mode, for example 0o120777 for a link. */
  readonly mode?: number
  readonly encrypted?: boolean
  /** Instead of the true size. */
  readonly claimedSize?: number
  /** Sizes and offset in the zip64 field. */
  readonly wide?: boolean
}

export function zipOf(files: readonly ZipInput[], options: { readonly comment?: string } = {}): Buffer {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const file of files) {
    const data = Buffer.from(file.data)
    const method = file.method ?? 8
    const packed = method === 8 ? deflateRawSync(data) : data
    const name = Buffer.from(file.name)
    const size = file.claimedSize ?? data.length
    const header = Buffer.alloc(30)
    header.writeUInt32LE(0x04034b50, 0)
    header.writeUInt16LE(20, 4)
    header.writeUInt16LE(method, 8)
    header.writeUInt32LE(crc32(data), 14)
    header.writeUInt32LE(packed.length, 18)
    header.writeUInt32LE(size, 22)
    header.writeUInt16LE(name.length, 26)
    // An extra field here alone: the two headers need not be equally long.
    const localExtra = Buffer.from([0xfe, 0xca, 2, 0, 1, 2])
    header.writeUInt16LE(localExtra.length, 28)
    local.push(header, name, localExtra, packed)

    const extra = file.wide ? wideField(size, packed.length, offset) : Buffer.alloc(0)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt8(20, 4)
    entry.writeUInt8(file.mode === undefined ? 0 : 3, 5)
    entry.writeUInt16LE(file.encrypted ? 1 : 0, 8)
    entry.writeUInt16LE(method, 10)
    entry.writeUInt32LE(crc32(data), 16)
    entry.writeUInt32LE(file.wide ? 0xffffffff : packed.length, 20)
    entry.writeUInt32LE(file.wide ? 0xffffffff : size, 24)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt16LE(extra.length, 30)
    entry.writeUInt32LE(((file.mode ?? 0) << 16) >>> 0, 38)
    entry.writeUInt32LE(file.wide ? 0xffffffff : offset, 42)
    central.push(entry, name, extra)
    offset += header.length + name.length + localExtra.length + packed.length
  }
  const directory = Buffer.concat(central)
  const comment = Buffer.from(options.comment ?? '')
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 8)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  end.writeUInt16LE(comment.length, 20)
  return Buffer.concat([...local, directory, end, comment])
}

function wideField(size: number, packed: number, offset: number): Buffer {
  const field = Buffer.alloc(28)
  field.writeUInt16LE(1, 0)
  field.writeUInt16LE(24, 2)
  field.writeBigUInt64LE(BigInt(size), 4)
  field.writeBigUInt64LE(BigInt(packed), 12)
  field.writeBigUInt64LE(BigInt(offset), 20)
  return field
}
