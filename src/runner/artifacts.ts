import type { JobArtifact, JobDependency } from '../contract/runner-protocol.ts'
import { downloadArtifact, uploadArtifact } from './artifact-transfer.ts'
import { askFileHelper, discardSpool, spoolFile } from './file-helper-client.ts'
import { isDue, type JobContext, type StageResult } from './job-context.ts'
import { expand } from './variables.ts'

const FORMATS = ['zip', 'gzip', 'raw'] as const

/** The artifacts that are uploaded after a job with that result; entries without paths are skipped. */
export function dueArtifacts(artifacts: readonly JobArtifact[], result: 'success' | 'failed'): JobArtifact[] {
  return artifacts.filter((one) => isDue(one.when, result) && (one.untracked || one.paths.length > 0))
}

/** The dependencies that have an archive. */
export function dueDependencies(dependencies: readonly JobDependency[]): JobDependency[] {
  return dependencies.filter((one) => one.artifacts_file !== null && one.artifacts_file.filename !== '')
}

/** Packs and uploads in order; goes on after a failure, so that a report gets through although an archive did not. */
export async function uploadArtifacts(context: JobContext, artifacts: readonly JobArtifact[]): Promise<StageResult> {
  let result: StageResult = { ok: true }
  for (const artifact of artifacts) {
    const one = await uploadOne(context, artifact)
    if (!one.ok) {
      context.say(`ERROR: Uploading artifacts: ${one.problem}`)
      result = one
    }
  }
  return result
}

async function uploadOne(context: JobContext, artifact: JobArtifact): Promise<StageResult> {
  const type = artifact.artifact_type || 'archive'
  const format = FORMATS.find((known) => known === (artifact.artifact_format || 'zip'))
  if (format === undefined) return { ok: false, problem: `unknown artifact format ${artifact.artifact_format}` }
  const text = (value: string): string => expand(value, (name) => context.env[name])
  const file = await spoolFile(context.stateDir, `${context.job.id}-${type}.upload`)
  try {
    await discardSpool(file)
    context.say(`Uploading artifacts (${type})...`)
    const packed = await askFileHelper(
      context.sandbox,
      {
        action: 'pack',
        account: context.sandbox.account,
        root: context.dirs.project,
        archive: file,
        format,
        paths: artifact.paths.map(text),
        exclude: artifact.exclude.map(text),
        untracked: artifact.untracked,
      },
      context.env,
      context.halt,
    )
    for (const note of packed.notes) context.say(note)
    if (!packed.ok) return packed
    if (packed.count === 0) {
      context.say('WARNING: No files to upload')
      return { ok: true }
    }
    const sent = await uploadArtifact(context, { id: context.job.id, token: context.job.token }, file, {
      fileName: fileName(text(artifact.name), type, format),
      type,
      format,
      expireIn: text(artifact.expire_in),
    })
    if (sent.ok) context.say(`Uploaded ${type} to the server`)
    return sent
  } finally {
    await discardSpool(file)
  }
}

/** GitLab Runner's names: `<name or artifacts>.zip` for archives; reports are named by the server. */
function fileName(name: string, type: string, format: string): string {
  const base = name.split('/').at(-1) || (type === 'archive' ? 'artifacts' : type)
  if (format === 'zip') return base.endsWith('.zip') ? base : `${base}.zip`
  return format === 'gzip' && !base.endsWith('.gz') ? `${base}.gz` : base
}

/** Downloads and unpacks what earlier jobs made. The first failure ends it: the job cannot do without. */
export async function downloadArtifacts(
  context: JobContext,
  dependencies: readonly JobDependency[],
): Promise<StageResult> {
  for (const dependency of dependencies) {
    const file = await spoolFile(context.stateDir, `${context.job.id}-${dependency.id}.download`)
    try {
      context.say(`Downloading artifacts for ${dependency.name} (${dependency.id})...`)
      const fetched = await downloadArtifact(context, { id: dependency.id, token: dependency.token }, file)
      if (!fetched.ok) return { ok: false, problem: `artifacts of ${dependency.name}: ${fetched.problem}` }
      const unpacked = await askFileHelper(
        context.sandbox,
        { action: 'unpack', account: context.sandbox.account, root: context.dirs.project, archive: file },
        context.env,
        context.halt,
      )
      for (const note of unpacked.notes) context.say(note)
      if (!unpacked.ok) return { ok: false, problem: `artifacts of ${dependency.name}: ${unpacked.problem}` }
      context.say(`Extracted ${unpacked.count} files and directories`)
    } finally {
      await discardSpool(file)
    }
  }
  return { ok: true }
}
