import { createHash } from 'node:crypto'
import { PassThrough, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { answerOf } from './answer.ts'
import { spawnGit } from './git-process.ts'
import { isSha } from './ref-name.ts'
import type { Repository } from './repository-store.ts'

/** The size of a blob in bytes; null when the id is not the full id of a blob. */
export async function blobSize(repo: Repository, sha: string): Promise<number | null> {
  const found = isSha(sha) ? await repo.catFiles.ask(repo, 'info', sha) : null
  return found?.type === 'blob' ? found.size : null
}

/** The content of a blob by its full id, held in memory: ask for its size first. Null when there is none. */
export async function readBlob(repo: Repository, sha: string): Promise<Buffer | null> {
  const found = isSha(sha) ? await repo.catFiles.ask(repo, 'contents', sha) : null
  return found?.type === 'blob' ? found.content : null
}

/** The content of a blob of any size, by its full id. The stream fails when the blob cannot be read to its end. */
export function streamBlob(repo: Repository, sha: string, onProblem?: (error: Error) => void): Readable {
  if (!isSha(sha)) throw new TypeError('A blob is read by its full id')
  const child = spawnGit(repo, ['cat-file', 'blob', sha])
  child.stdin.end()
  return answerOf(child, new PassThrough(), { command: 'cat-file', cutOnFailure: true, onProblem })
}

/** SHA-256 of a blob's content in hexadecimal digits; nothing is held in memory. */
export async function blobDigest(repo: Repository, sha: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(streamBlob(repo, sha), hash)
  return hash.digest('hex')
}
