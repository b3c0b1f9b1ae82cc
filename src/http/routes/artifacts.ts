/** Job Artifacts API, for people and for job tokens. */
import { deleteJobArtifacts, deleteProjectArtifacts, keepJobArtifacts } from '../../app/change-artifacts.ts'
import type { App } from '../../app/context.ts'
import { openZipEntry } from '../../blobs/zip-entry.ts'
import * as contract from '../../contract/artifacts.ts'
import { type Artifact, archiveOf, latestJobWithArchive } from '../../db/artifacts.ts'
import { findJobRow } from '../../db/job-rows.ts'
import { refuse } from '../../domain/access.ts'
import { type ArtifactAccess, isPathInside, refuseArtifacts } from '../../domain/artifact.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import type { Call } from '../call.ts'
import { implement, implementOpen, Raw, type Route } from '../call.ts'
import { contentTypeOf } from '../content-type.ts'
import { projectFor } from '../find.ts'
import { buildFor, jobForAction } from '../find-ci.ts'
import { presentJob } from '../present/job.ts'
import { downloadHeaders, sendBlob } from '../send-blob.ts'

const notFound: Refusal = { code: 'not_found', what: null }

type JobCall = Call<typeof contract.downloadJobArtifacts>
type RefCall = Call<typeof contract.downloadRefArtifacts>

export const artifactRoutes: Route[] = [
  implementOpen(contract.downloadJobArtifacts, async (call) => {
    const archive = await archiveOfJob(call)
    return archive.ok ? download(call, archive.value) : archive
  }),

  implementOpen(contract.downloadArtifactFile, async (call) => {
    const archive = await archiveOfJob(call)
    return archive.ok ? oneFile(call.app, archive.value, call.input.artifact_path) : archive
  }),

  implementOpen(contract.downloadRefArtifacts, async (call) => {
    const archive = await archiveOfRef(call)
    return archive.ok ? download(call, archive.value) : archive
  }),

  implementOpen(contract.downloadRefArtifactFile, async (call) => {
    const archive = await archiveOfRef(call)
    return archive.ok ? oneFile(call.app, archive.value, call.input.artifact_path) : archive
  }),

  implement(contract.keepArtifacts, async (call) => {
    const found = await jobForAction(call, 'keep_artifacts')
    if (!found.ok) return found
    const { job } = found.value
    const kept = await keepJobArtifacts(call.app, job.id)
    if (!kept.ok) return kept
    const row = await findJobRow(call.app.db, job.project_id, job.id)
    return row ? ok(await presentJob(call.app, row)) : err(notFound)
  }),

  implement(contract.deleteJobArtifacts, async (call) => {
    const found = await jobForAction(call, 'delete_artifacts')
    return found.ok ? deleteJobArtifacts(call.app, call.actor, found.value.job) : found
  }),

  implement(contract.deleteProjectArtifacts, async (call) => {
    const found = await projectFor(call, 'destroy_artifacts')
    if (!found.ok) return found
    await deleteProjectArtifacts(call.app, call.actor, found.value.project)
    return ok({ message: '202 Accepted' })
  }),
]

async function archiveOfJob(call: JobCall): Promise<Result<Artifact, Refusal>> {
  const found = await buildFor(call)
  if (!found.ok) return found
  const archive = await archiveOf(call.app.db, found.value.job.id)
  return readable(call, found.value.standing, archive)
}

async function archiveOfRef(call: RefCall): Promise<Result<Artifact, Refusal>> {
  const found = await projectFor(call, 'read_job')
  if (!found.ok) return found
  const { ref_name: ref, job } = call.input
  const at = { projectId: found.value.project.id, ref: ref === 'HEAD' ? found.value.project.default_branch : ref, job }
  const jobId = await latestJobWithArchive(call.app.db, at)
  const archive = jobId === null ? null : await archiveOf(call.app.db, jobId)
  return readable(call, found.value.standing, archive)
}

function readable(
  { actor }: Pick<JobCall, 'actor'>,
  standing: Parameters<typeof refuse>[2],
  archive: Artifact | null,
): Result<Artifact, Refusal> {
  if (!archive) return err(notFound)
  const refusal = refuseArtifacts(actor, standing, archive.access as ArtifactAccess)
  return refusal ? err(refusal) : ok(archive)
}

async function download(
  { app, request }: Pick<JobCall, 'app' | 'request'>,
  archive: Artifact,
): Promise<Result<Raw, Refusal>> {
  const sent = await sendBlob(app, request, { ...archive, contentType: 'application/zip' })
  return sent ? ok(sent) : err(notFound)
}

async function oneFile(app: App, archive: Artifact, path: string): Promise<Result<Raw, Refusal>> {
  if (!isPathInside(path)) return err({ code: 'bad_request' })
  const file = await openZipEntry({ blobs: app.blobs, key: archive.blob, size: archive.size }, path)
  if (!file.ok) {
    if (file.error.code === 'file_not_found') return err(notFound)
    return err({ code: 'unprocessable', sentence: 'The artifacts archive cannot be read.' })
  }
  const name = path.split('/').at(-1) ?? path
  const headers = { ...downloadHeaders(name, contentTypeOf(name)), 'content-length': String(file.value.size) }
  return ok(new Raw(200, file.value.content, headers))
}
