/** One text file out of a job's archive, for a configuration that a job generated (GitLab docs, "Dynamic child pipelines"). */
import { openZipEntry } from '../blobs/zip-entry.ts'
import { archiveOf } from '../db/artifacts.ts'
import { currentJobNamed } from '../db/bridges.ts'
import { isPathInside } from '../domain/artifact.ts'
import type { App } from './context.ts'

/** @param limit of the file, in bytes; a larger one counts as missing */
export async function readArtifactText(
  app: App,
  of: { readonly pipelineId: number; readonly job: string },
  path: string,
  limit: number,
): Promise<{ readonly text: string } | { readonly missing: 'job' | 'file' }> {
  const jobId = await currentJobNamed(app.db, of.pipelineId, of.job)
  const archive = jobId === null ? null : await archiveOf(app.db, jobId)
  if (!archive) return { missing: 'job' }
  const place = { blobs: app.blobs, key: archive.blob, size: archive.size }
  const file = isPathInside(path) ? await openZipEntry(place, path) : null
  if (!file?.ok) return { missing: 'file' }
  if (file.value.size > limit) {
    file.value.content.destroy()
    return { missing: 'file' }
  }
  const parts: Buffer[] = []
  for await (const part of file.value.content as AsyncIterable<Buffer>) parts.push(part)
  return { text: Buffer.concat(parts).toString('utf8') }
}
