/** Takes one artifact of a running job (reference D8, E2). The row exists exactly when the blob does. */
import type { Readable } from 'node:stream'
import { BlobTooLarge } from '../blobs/blob-store.ts'
import { parseDuration } from '../ci/duration.ts'
import { type NewArtifact, saveArtifact } from '../db/artifacts.ts'
import { releaseBlob, reserveBlob } from '../db/blob-removals.ts'
import { inTransaction } from '../db/transaction.ts'
import { artifactFilename } from '../domain/artifact.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { type ArtifactType, artifactType } from './artifact-types.ts'
import { newBlobKey } from './blob-key.ts'
import type { App } from './context.ts'
import { readDotenvReport } from './dotenv-report.ts'

export interface ArtifactUpload {
  readonly jobId: number
  readonly projectId: number
  readonly type: string
  readonly format: string
  readonly filename: string | undefined
  /** Text such as `1 week`; absent: 30 days (GitLab's default). */
  readonly expireIn: string | undefined
  readonly content: Readable
}

const defaultExpiry = 30 * 86_400

/** What is wrong with the parameters of an upload, asked before its body is read. */
export function uploadRefusal(upload: Omit<ArtifactUpload, 'content' | 'filename'>): Refusal | null {
  const type = artifactType(upload.type)
  if (!type) return { code: 'invalid_parameter', sentence: 'artifact_type does not have a valid value' }
  if (type.format !== upload.format)
    return { code: 'refused', sentence: 'Invalid file format with specified file type' }
  if (expirySeconds(upload.expireIn) === 'invalid') {
    return { code: 'invalid_parameter', sentence: 'expire_in is invalid' }
  }
  return null
}

export async function storeArtifact(app: App, upload: ArtifactUpload): Promise<Result<void, Refusal>> {
  const refusal = uploadRefusal(upload)
  const type = artifactType(upload.type)
  const seconds = expirySeconds(upload.expireIn)
  if (refusal || !type || seconds === 'invalid') return err(refusal ?? { code: 'bad_request' })
  const blob = newBlobKey('artifacts', upload.jobId)
  await inTransaction(app.db, (tx) => reserveBlob(tx, blob))
  const saved = await store(app, upload, type, {
    blob,
    expireAt: seconds === null ? null : new Date(app.now().getTime() + seconds * 1000),
  }).catch(async (error: unknown) => {
    await inTransaction(app.db, (tx) => releaseBlob(tx, blob))
    throw error
  })
  if (!saved.ok || saved.value === 'stored_before') await inTransaction(app.db, (tx) => releaseBlob(tx, blob))
  return saved.ok ? ok(undefined) : saved
}

async function store(
  app: App,
  upload: ArtifactUpload,
  type: ArtifactType,
  place: { readonly blob: string; readonly expireAt: Date | null },
): ReturnType<typeof saveArtifact> {
  const stored = await app.blobs.put(place.blob, upload.content, type.maxBytes).catch((error: unknown) => {
    if (error instanceof BlobTooLarge) return null
    throw error
  })
  if (stored === null) return err({ code: 'too_large' })
  const variables = upload.type === 'dotenv' ? await readDotenvReport(app, place.blob) : ok([])
  if (!variables.ok) return err({ code: 'refused', sentence: variables.error })
  const artifact: NewArtifact = {
    jobId: upload.jobId,
    projectId: upload.projectId,
    type: upload.type,
    format: type.format,
    filename: artifactFilename(upload.filename, type.fileName),
    ...stored,
    ...place,
    variables: variables.value,
  }
  return inTransaction(app.db, (tx) => saveArtifact(tx, artifact))
}

/** Null: never. `0` has always meant that to GitLab. */
function expirySeconds(text: string | undefined): number | null | 'invalid' {
  if (text === undefined || text.trim() === '') return defaultExpiry
  if (/^\s*(never|0+)\s*$/i.test(text)) return null
  return parseDuration(text) ?? 'invalid'
}
