/** Blobs as files below one directory. */
import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join, resolve, sep } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type BlobStore, BlobTooLarge } from './blob-store.ts'

/** @param root created when missing, readable by the server's account alone */
export async function openDirectoryStore(root: string): Promise<BlobStore> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  const pathOf = (key: string) => {
    const path = resolve(root, key)
    if (!path.startsWith(root + sep)) throw new Error(`blob key ${key} leaves the store`)
    return path
  }
  return {
    async put(key, content, maxBytes) {
      const path = pathOf(key)
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      const temporary = join(dirname(path), `.${randomUUID()}`)
      const hash = createHash('sha256')
      let size = 0
      const counting = new Transform({
        transform(chunk: Buffer, _encoding, done) {
          size += chunk.length
          hash.update(chunk)
          done(size > maxBytes ? new BlobTooLarge(`more than ${maxBytes} bytes`) : null, chunk)
        },
      })
      const file = await open(temporary, 'wx', 0o600)
      try {
        await pipeline(content, counting, file.createWriteStream({ flush: true }))
        await rename(temporary, path)
      } catch (error) {
        await rm(temporary, { force: true })
        throw error
      }
      await syncDirectory(dirname(path))
      return { size, sha256: hash.digest('hex') }
    },
    async get(key, start = 0) {
      try {
        const file = await open(pathOf(key), 'r')
        return createReadStream('', { fd: file, start })
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
        throw error
      }
    },
    async remove(key) {
      await rm(pathOf(key), { force: true })
    },
  }
}

/** A rename survives a power cut only once its directory was written. */
async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
