/** Artifacts in the runner protocol (reference gitlab-ci-and-runner.md D8). */
import { storeArtifact, uploadRefusal } from '../../app/store-artifact.ts'
import { downloadArtifacts, uploadArtifacts } from '../../contract/runners.ts'
import { archiveOf } from '../../db/artifacts.ts'
import { err, ok } from '../../domain/result.ts'
import { implementOpen, Raw, type Route } from '../call.ts'
import { receiveFile } from '../multipart.ts'
import { jobFor, readerOf } from '../runner-auth.ts'
import { sendBlob } from '../send-blob.ts'

export const runnerArtifactRoutes: Route[] = [
  implementOpen(uploadArtifacts, async ({ app, input, request }) => {
    const found = await jobFor(app, request, input.id, {})
    if (!found.ok) return found
    const job = found.value
    if (job instanceof Raw) return ok(job)
    const upload = {
      jobId: job.id,
      projectId: job.projectId,
      type: input.artifact_type,
      format: input.artifact_format,
      expireIn: input.expire_in,
    }
    const refusal = uploadRefusal(upload)
    if (refusal) return err(refusal)
    const received = await receiveFile(request, 'file', (part) => storeArtifact(app, { ...upload, ...part }))
    if (!received.ok) return received
    return received.value.ok ? ok({ message: '201 Created' }) : received.value
  }),

  implementOpen(downloadArtifacts, async ({ app, input, request }) => {
    const reader = await readerOf(app, request, input.id)
    if (!reader.ok) return reader
    const archive = await archiveOf(app.db, input.id)
    if (!archive) return err({ code: 'not_found', what: null })
    const sent = await sendBlob(app, request, { ...archive, contentType: 'application/zip' })
    return sent ? ok(sent) : err({ code: 'not_found', what: null })
  }),
]
