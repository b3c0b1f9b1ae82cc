/** Commits API. */
import { commitFiles } from '../../app/commit-files.ts'
import * as commits from '../../contract/commits.ts'
import type { InputOf } from '../../contract/operation.ts'
import { commitStatuses } from '../../db/commit-pipelines.ts'
import { pageOf } from '../../db/paging.ts'
import { refuse } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { commitDiff } from '../../git/compare.ts'
import { commitStats, listCommits } from '../../git/log.ts'
import { readCommit } from '../../git/object-reader.ts'
import { refsContaining } from '../../git/refs.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { filesToCommit, startRefusal } from '../commit-input.ts'
import { commitAt, directoryPath, type FoundRepository, repositoryFor } from '../find-repository.ts'
import { mapPage, type Page } from '../pagination.ts'
import { presentCommit, presentCommitDetail } from '../present/commit.ts'
import { presentCommitStatus } from '../present/commit-status.ts'
import { presentDiff } from '../present/repository.ts'

const notFound: Refusal = { code: 'not_found', what: 'Commit' }

/** Commits that git is asked to skip at most: it counts them in 32 bits. */
const maxOffset = 1_000_000_000

export const commitRoutes: Route[] = [
  implementOpen(commits.listCommits, async (call) => {
    const { app, input } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const { project, repository } = found.value
    const page = await commitsOf(found.value, input)
    const stats = input.with_stats ? await commitStats(repository, page.items) : null
    return ok(
      mapPage(page, (commit) => {
        const counts = stats?.get(commit.sha)
        return { ...presentCommit(app, project.full_path, commit), ...(counts ? { stats: { ...counts } } : {}) }
      }),
    )
  }),

  implement(commits.createCommit, async (call) => {
    const { app, input, actor } = call
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    const refusal = await startRefusal(call, found.value.project)
    if (refusal) return err(refusal)
    const made = await commitFiles(app, actor, filesToCommit(found.value.project, input))
    if (!made.ok) return made
    const commit = await readCommit(found.value.repository, made.value)
    return commit
      ? ok(await presentCommitDetail(app, found.value, commit, { actor, stats: input.stats }))
      : err(notFound)
  }),

  implementOpen(commits.getCommit, async (call) => {
    const { app, input, actor } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const sha = await commitAt(found.value, input.sha)
    const commit = sha === null ? null : await readCommit(found.value.repository, sha)
    return commit
      ? ok(await presentCommitDetail(app, found.value, commit, { actor, stats: input.stats }))
      : err(notFound)
  }),

  implementOpen(commits.getCommitDiff, async (call) => {
    const { input } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const sha = await commitAt(found.value, input.sha)
    const diff = sha === null ? null : await commitDiff(found.value.repository, sha)
    if (!diff) return err(notFound)
    return ok(mapPage(pageOf(diff.files, input), (file) => presentDiff(file, input.unidiff)))
  }),

  implementOpen(commits.listCommitRefs, async (call) => {
    const { input } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const sha = await commitAt(found.value, input.sha)
    if (sha === null) return err(notFound)
    const types = input.type === 'all' ? (['branch', 'tag'] as const) : ([input.type] as const)
    const limit = Math.min(input.page * input.per_page + 1, maxOffset)
    const refs = await refsContaining(found.value.repository, sha, types, limit)
    return ok({ ...pageOf(refs, input), total: null })
  }),

  implementOpen(commits.listCommitStatuses, async (call) => {
    const { app, input, actor } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const refusal = refuse(actor, 'read_job', found.value.standing, 'Project')
    if (refusal) return err(refusal)
    const { project } = found.value
    const sha = await commitAt(found.value, input.sha)
    if (sha === null) return err(notFound)
    const { ref, stage, name, pipeline_id: pipelineId, all, order_by: orderBy, sort } = input
    const filter = { projectId: project.id, sha, ref, stage, name, pipelineId, all, orderBy, sort }
    const page = await commitStatuses(app.db, filter, input)
    return ok(mapPage(page, (row) => presentCommitStatus(app, project.full_path, row)))
  }),
]

/** One page of history, without a total, which would need all of it. A revision or path that does not exist has no commits. */
async function commitsOf(found: FoundRepository, input: InputOf<typeof commits.listCommits>) {
  const none: Page<never> = { items: [], hasNext: false, total: null }
  const path = directoryPath(input.path)
  const revision = input.all ? ({ all: true } as const) : await commitAt(found, input.ref_name)
  const offset = (input.page - 1) * input.per_page
  if (path === null || revision === null || offset > maxOffset) return none
  const listed = await listCommits(found.repository, {
    revision,
    path,
    firstParent: input.first_parent,
    order: input.order,
    offset,
    limit: input.per_page + 1,
    ...(input.since ? { since: input.since } : {}),
    ...(input.until ? { until: input.until } : {}),
    ...(input.author ? { author: input.author } : {}),
  })
  const items = listed ?? []
  return { items: items.slice(0, input.per_page), hasNext: items.length > input.per_page, total: null }
}
