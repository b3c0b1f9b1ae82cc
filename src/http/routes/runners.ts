/** Runners API: what people see and change. */
import { changeRunner, disableRunner, enableRunner, type RunnerChanges } from '../../app/change-runner.ts'
import { removeRunner, replaceRunnerToken } from '../../app/change-runner-token.ts'
import { type App, authorOf } from '../../app/context.ts'
import * as contract from '../../contract/runner-admin.ts'
import { jobRowsByIds } from '../../db/job-rows.ts'
import { findRunner, listManagers, type RunnerRow } from '../../db/runner-list.ts'
import { listRunnerJobIds, projectsById, runnerStanding, servedGroups, servedProjects } from '../../db/runner-serves.ts'
import { runnerById } from '../../db/runners.ts'
import type { Actor } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import * as access from '../../domain/runner-access.ts'
import { implement, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { presentJobsOfProjects } from '../present/job.ts'
import { presentRunnerDetails, presentRunnerInList, presentRunnerManager } from '../present/runner.ts'

const notFound: Refusal = { code: 'not_found', what: null }

type Asked = { readonly app: App; readonly actor: Actor; readonly input: { readonly id: number } }
type Refuse = (actor: Actor, runner: access.RunnerStanding) => Refusal | null

export const runnerRoutes: Route[] = [
  implement(contract.getRunner, async (call) => {
    const found = await runnerFor(call, access.refuseReadingRunner)
    return found.ok ? ok(await details(call, found.value)) : found
  }),

  implement(contract.updateRunner, async (call) => {
    const found = await runnerFor(call, access.refuseChangingRunner)
    if (!found.ok) return found
    const changes = changesIn(call.input)
    if (!changes.ok) return changes
    const changed = await changeRunner(call.app, call.actor, call.input.id, changes.value)
    if (!changed.ok) return changed
    const after = await findRunner(call.app.db, call.input.id)
    return after ? ok(await details(call, after)) : err(notFound)
  }),

  implement(contract.deleteRunner, async (call) => {
    const found = await runnerFor(call, access.refuseDeletingRunner)
    if (!found.ok) return found
    const runner = await runnerById(call.app.db, call.input.id)
    return runner ? removeRunner(call.app, runner, authorOf(call.actor)) : err(notFound)
  }),

  implement(contract.resetRunnerTokenById, async (call) => {
    const found = await runnerFor(call, access.refuseChangingRunner)
    if (!found.ok) return found
    const runner = await runnerById(call.app.db, call.input.id)
    if (!runner) return err(notFound)
    const token = await replaceRunnerToken(call.app, runner, authorOf(call.actor))
    return token.ok ? ok({ token: token.value, token_expires_at: null }) : token
  }),

  implement(contract.listRunnerManagers, async (call) => {
    const found = await runnerFor(call, access.refuseReadingRunner)
    if (!found.ok) return found
    const managers = await listManagers(call.app.db, call.input.id)
    return ok(managers.map((manager) => presentRunnerManager(call.app, manager, manager.busy)))
  }),

  implement(contract.listRunnerJobs, async (call) => {
    const { app, actor, input } = call
    const found = await runnerFor(call, access.refuseReadingRunnerJobs)
    if (!found.ok) return found
    const filter = { status: input.status, systemId: input.system_id, sort: input.sort }
    const page = await listRunnerJobIds(app.db, input.id, actor, filter, input)
    const ids = page.items.map(({ id }) => id)
    const rows = await jobRowsByIds(app.db, ids)
    const jobs = ids.flatMap((id) => rows.get(id) ?? [])
    const projects = await projectsById(
      app.db,
      jobs.map((job) => job.project_id),
    )
    return ok({ ...page, items: await presentJobsOfProjects(app, jobs, projects) })
  }),

  implement(contract.enableRunner, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'admin_runners')
    if (!found.ok) return found
    const runner = await findRunner(app.db, input.runner_id)
    if (!runner) return err(notFound)
    const standing = await runnerStanding(app.db, runner, actor.userId)
    const refusal = access.refuseEnablingRunner(actor, { ...standing, locked: runner.locked })
    if (refusal) return err(refusal)
    const enabled = await enableRunner(app, actor, runner.id, found.value.project.id)
    return enabled.ok ? ok(presentRunnerInList(app, runner)) : enabled
  }),

  implement(contract.disableRunner, async (call) => {
    const found = await projectFor(call, 'admin_runners')
    return found.ok ? disableRunner(call.app, call.actor, call.input.runner_id, found.value.project.id) : found
  }),
]

async function runnerFor({ app, actor, input }: Asked, refuse: Refuse): Promise<Result<RunnerRow, Refusal>> {
  const runner = await findRunner(app.db, input.id)
  if (!runner) return err(notFound)
  const refusal = refuse(actor, await runnerStanding(app.db, runner, actor.userId))
  return refusal ? err(refusal) : ok(runner)
}

async function details({ app, actor }: Asked, runner: RunnerRow) {
  const [[manager = null], projects, groups, standing] = await Promise.all([
    listManagers(app.db, runner.id),
    servedProjects(app.db, runner.id, actor),
    servedGroups(app.db, runner.id, actor),
    runnerStanding(app.db, runner, actor.userId),
  ])
  const changing = access.refuseChangingRunner(actor, standing)
  const deleting = access.refuseDeletingRunner(actor, standing)
  return presentRunnerDetails(app, runner, { manager, projects, groups, changing, deleting })
}

type UpdateInput = Parameters<Parameters<typeof implement<typeof contract.updateRunner>>[1]>[0]['input']

const columns = [
  'description',
  'tag_list',
  'run_untagged',
  'locked',
  'access_level',
  'maximum_timeout',
  'maintenance_note',
] as const

function changesIn(input: UpdateInput): Result<RunnerChanges, Refusal> {
  const { active, paused } = input
  if (active !== undefined && paused !== undefined) {
    return err({ code: 'invalid_parameter', sentence: 'active, paused are mutually exclusive' })
  }
  const wanted: [string, unknown][] = columns.map((column) => [column, input[column]])
  wanted.push(['paused', active === undefined ? paused : !active])
  const given = wanted.filter(([, value]) => value !== undefined)
  if (given.length === 0) {
    const names = ['active', 'paused', ...columns].join(', ')
    const sentence = `${names} are missing, at least one parameter must be provided`
    return err({ code: 'invalid_parameter', sentence })
  }
  const changes = Object.fromEntries(given) as RunnerChanges
  return ok(changes.tag_list ? { ...changes, tag_list: [...new Set(changes.tag_list)] } : changes)
}
