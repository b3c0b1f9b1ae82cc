/** What `scope` and `status` of lists of pipelines mean (GitLab PipelinesFinder). */
import type { App } from '../app/context.ts'
import type { PipelineDetailRow } from '../db/pipeline-rows.ts'
import { completedPipelineStatuses } from '../domain/pipeline.ts'
import { listRefs } from '../git/refs.ts'

/** `scope` of branches or tags means the newest pipeline of each that still exists. */
export async function refsOf(app: App, projectId: number, scope: string | undefined) {
  if (scope !== 'branches' && scope !== 'tags') return undefined
  const type = scope === 'tags' ? 'tag' : 'branch'
  const refs = await listRefs(app.repositories.open(projectId), type)
  return { tag: type === 'tag', names: refs.map((ref) => ref.name) }
}

type Status = PipelineDetailRow['status']

/** `scope` and `status` narrow each other. */
export function statusesOf({
  scope,
  status,
}: {
  readonly scope?: string | undefined
  readonly status?: Status | undefined
}) {
  const ofScope: Readonly<Record<string, readonly Status[]>> = {
    running: ['running'],
    pending: ['pending'],
    finished: completedPipelineStatuses.filter((completed) => completed !== 'skipped'),
  }
  const wanted = scope === undefined ? undefined : ofScope[scope]
  if (status === undefined) return wanted
  return wanted?.includes(status) === false ? [] : [status]
}
