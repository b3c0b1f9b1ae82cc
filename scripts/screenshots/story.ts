/** What happened in the projects of the pictures: commits, pipelines, votes. */
import { setTimeout as delay } from 'node:timers/promises'
import { projectVariables } from '../../src/contract/ci-variables.ts'
import type { Client } from '../../src/contract/client.ts'
import { createCommit } from '../../src/contract/commits.ts'
import { approveDeployment, listDeployments } from '../../src/contract/deployments.ts'
import { listEnvironments } from '../../src/contract/environments.ts'
import { listPipelines } from '../../src/contract/pipelines.ts'
import { type Change, catalogPipeline, checkoutChanges, checkoutFiles, waitingChanges } from './files.ts'
import type { Cast, Person } from './people.ts'
import type { Places } from './places.ts'

export interface Story {
  /** The deployment of checkout to production that one of two groups has approved. */
  readonly half: number
  /** The one that was rejected. */
  readonly rejected: number
  /** The environment that both were for. */
  readonly production: number
  /** Pipelines of checkout, the oldest first; those of one deployment belong together in time. */
  readonly pipelines: readonly number[]
}

const patience = 90_000

/**
 * Plays everything with real pipelines and a real runner.
 * @param afterFirst called once the first deployment is done: what it adds comes before everything else
 */
export async function playStory(
  root: Client,
  cast: Cast,
  places: Places,
  afterFirst: () => Promise<void>,
): Promise<Story> {
  const { checkout, catalog } = places
  await makeVariables(root, checkout)
  await commit(cast.maya, checkout, { message: 'Checkout moves to its own repository', files: checkoutFiles })
  let rejected = 0
  for (const [index, change] of checkoutChanges.entries()) {
    const deployment = await deployable(cast.maya, checkout)
    if (index === 3) {
      rejected = deployment
      await vote(
        cast.amara,
        checkout,
        deployment,
        'rejected',
        'Half-cent prices still exist in the outlet. Not before PRICE-812 is done.',
      )
    } else {
      await vote(
        cast.priya,
        checkout,
        deployment,
        'approved',
        index === 0 ? 'Tested on staging with all four carriers.' : undefined,
      )
      await vote(cast.jonas, checkout, deployment, 'approved')
      await until(cast.maya, checkout, deployment, 'success')
    }
    if (index === 0) await afterFirst()
    await commit(index % 2 === 0 ? cast.tomas : cast.lena, checkout, change)
  }
  const last = await deployable(cast.maya, checkout)
  await vote(cast.priya, checkout, last, 'approved')
  await vote(cast.amara, checkout, last, 'approved', 'Quiet evening, go ahead.')
  await until(cast.maya, checkout, last, 'success')
  await branchOff(cast, checkout)
  const half = await deployable(cast.maya, checkout)
  await vote(cast.priya, checkout, half, 'approved', 'Declined cards and Apple Pay checked on the test terminals.')
  await commit(cast.lena, catalog, {
    message: 'Catalog moves to its own repository',
    files: { '.gitlab-ci.yml': catalogPipeline },
  })
  const first = await deployable(cast.maya, catalog)
  await vote(cast.tomas, catalog, first, 'approved')
  await until(cast.maya, catalog, first, 'success')
  await commit(cast.tomas, catalog, {
    message: 'Search understands plurals',
    files: { 'src/search.ts': 'export {}\n' },
  })
  await deployable(cast.maya, catalog)
  const all = await root.all(listPipelines, { id: String(checkout), sort: 'asc' })
  const [production] = await root.all(listEnvironments, { id: String(checkout), name: 'production' })
  if (!production) throw new Error('production is not there')
  return { half, rejected, production: production.id, pipelines: all.map((pipeline) => pipeline.id) }
}

async function makeVariables(root: Client, checkout: number): Promise<void> {
  const variables = { PAYMENT_GATEWAY_KEY: 'production', SENTRY_DSN: '*', DEPLOY_TOKEN: 'production' }
  for (const [key, scope] of Object.entries(variables)) {
    await root.call(projectVariables.create, {
      id: String(checkout),
      key,
      value: `the-${key.toLowerCase()}-of-the-pictures`,
      environment_scope: scope,
      masked: true,
    })
  }
}

/** Three people's commits on a branch with a review app, then all of them on main at once. */
async function branchOff(cast: Cast, project: number): Promise<void> {
  const branch = 'express-checkout'
  let start = true
  for (const change of waitingChanges) {
    await commit(cast[change.by], project, change, { branch, ...(start ? { start_branch: 'main' } : {}) })
    start = false
  }
  await settled(cast.maya, project)
  const files = { CHANGELOG: 'Express checkout\n' }
  const merge = { message: "Merge branch 'express-checkout' into 'main'", files }
  await commit(cast.tomas, project, merge, { branch: 'main', start_branch: branch, force: true })
  await commit(
    cast.lena,
    project,
    { message: 'Try gift cards', files: { 'src/gift-cards.ts': 'export {}\n' } },
    {
      branch: 'gift-cards',
      start_branch: 'main',
    },
  )
}

const known = new Map<number, Set<string>>()

async function commit(
  by: Person,
  project: number,
  change: Change,
  where: { branch: string; start_branch?: string; force?: boolean } = { branch: 'main' },
): Promise<void> {
  const paths = known.get(project) ?? new Set<string>()
  known.set(project, paths)
  const actions = Object.entries(change.files).map(([path, content]) => ({
    action: paths.has(path) ? ('update' as const) : ('create' as const),
    file_path: path,
    content,
  }))
  for (const path of Object.keys(change.files)) paths.add(path)
  await by.client.call(createCommit, { id: String(project), commit_message: change.message, actions, ...where })
}

/** Waits until the project's newest deployment to production is blocked and nothing else runs; answers its id. */
async function deployable(by: Person, project: number): Promise<number> {
  await settled(by, project)
  const { items } = await by.client.page(listDeployments, {
    id: String(project),
    environment: 'production',
    sort: 'desc',
    per_page: 1,
  })
  const [newest] = items
  if (newest?.status !== 'blocked') throw new Error(`the newest deployment is ${newest?.status}`)
  return newest.id
}

/** Waits until no pipeline of the project is at work. */
async function settled(by: Person, project: number): Promise<void> {
  await waitFor(async () => {
    const { items } = await by.client.page(listPipelines, { id: String(project), per_page: 100 })
    return items.every((pipeline) => !['created', 'pending', 'running', 'preparing'].includes(pipeline.status))
  })
}

async function vote(
  by: Person,
  project: number,
  deployment: number,
  status: 'approved' | 'rejected',
  comment?: string,
) {
  const input = { id: String(project), deployment_id: deployment, status }
  await by.client.call(approveDeployment, comment === undefined ? input : { ...input, comment })
}

async function until(by: Person, project: number, deployment: number, status: string): Promise<void> {
  await waitFor(async () => {
    const { items } = await by.client.page(listDeployments, { id: String(project), sort: 'desc', per_page: 20 })
    return items.some((one) => one.id === deployment && one.status === status)
  })
  await settled(by, project)
}

async function waitFor(done: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + patience
  while (!(await done())) {
    if (Date.now() > end) throw new Error('the story does not go on')
    await delay(100)
  }
}
