/** GitLab Job Artifacts API, for people and for job tokens. */
import { z } from 'zod'
import { job } from './jobs.ts'
import { operation } from './operation.ts'
import { id, idOrPath, text } from './values.ts'

const tag = 'Job artifacts'
const one = { id: idOrPath(), job_id: id() }
const ofRef = { id: idOrPath(), ref_name: text({ max: 1024 }), job: text({ max: 1024 }) }

export const downloadJobArtifacts = operation({
  id: 'downloadJobArtifacts',
  method: 'GET',
  path: '/projects/:id/jobs/:job_id/artifacts',
  tag,
  summary: 'Download the artifacts archive of a job',
  params: one,
  auth: 'optional',
  jobToken: true,
  raw: 'application/zip',
})

export const downloadArtifactFile = operation({
  id: 'downloadArtifactFile',
  method: 'GET',
  path: '/projects/:id/jobs/:job_id/artifacts/:artifact_path',
  tag,
  summary: "Download one file out of a job's artifacts archive",
  params: { ...one, artifact_path: text({ max: 4096 }) },
  auth: 'optional',
  jobToken: true,
  raw: 'application/octet-stream',
})

export const downloadRefArtifacts = operation({
  id: 'downloadRefArtifacts',
  method: 'GET',
  path: '/projects/:id/jobs/artifacts/:ref_name/download',
  tag,
  summary: 'Download the artifacts archive of a job in the newest successful pipeline of a branch or tag',
  params: ofRef,
  auth: 'optional',
  jobToken: true,
  raw: 'application/zip',
})

export const downloadRefArtifactFile = operation({
  id: 'downloadRefArtifactFile',
  method: 'GET',
  path: '/projects/:id/jobs/artifacts/:ref_name/raw/:artifact_path',
  tag,
  summary:
    'Download one file out of the artifacts archive of a job in the newest successful pipeline of a branch or tag',
  params: { ...ofRef, artifact_path: text({ max: 4096 }) },
  auth: 'optional',
  jobToken: true,
  raw: 'application/octet-stream',
})

export const keepArtifacts = operation({
  id: 'keepArtifacts',
  method: 'POST',
  path: '/projects/:id/jobs/:job_id/artifacts/keep',
  tag,
  summary: 'The artifacts of a job no longer expire',
  params: one,
  response: job,
  status: 200,
})

export const deleteJobArtifacts = operation({
  id: 'deleteJobArtifacts',
  method: 'DELETE',
  path: '/projects/:id/jobs/:job_id/artifacts',
  tag,
  summary: 'Delete the artifacts of a job (maintainers)',
  params: one,
})

export const deleteProjectArtifacts = operation({
  id: 'deleteProjectArtifacts',
  method: 'DELETE',
  path: '/projects/:id/artifacts',
  tag,
  summary:
    'Delete the artifacts of a project (maintainers), except of jobs that run and those kept as the newest of a branch or tag',
  params: { id: idOrPath() },
  response: z.object({ message: z.string() }),
  status: 202,
})
