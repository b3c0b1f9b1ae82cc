/** The seed's situation with what a page shows of it: a commit with files, a protected environment, a deployment that waits. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'
import { problemsOf } from './browser.ts'
import {
  aDeploymentWorld,
  type DeploymentState,
  type DeploymentWorld,
  deploymentOf,
  inviteOperators,
  protect,
  push,
} from './deployment-world.ts'
import type { TestServer } from './server.ts'
import { aRunner, type TestRunner } from './test-runner.ts'

export interface PageWorld extends DeploymentWorld {
  /** Full path of the project. */
  readonly path: string
  readonly runner: TestRunner
  /** Pushes a change; answers the deployment to production that waits for it. */
  deploy(): Promise<DeploymentState & { readonly sha: string }>
}

/** `production` is protected as the page of the seed says: one approval by anybody of the operators. */
export async function aPageWorld(server: TestServer): Promise<PageWorld> {
  const world = await aDeploymentWorld(server)
  await inviteOperators(world)
  await protect(world, {
    name: 'production',
    deploy_access_levels: [{ group_id: world.operators.id }],
    required_approval_count: 1,
  })
  return withPages(world)
}

/** Adds what pages need to a world whose environment the test protects itself. */
export async function withPages(world: DeploymentWorld): Promise<PageWorld> {
  const runner = await aRunner(world.server, { projectId: world.project.id })
  return {
    ...world,
    path: world.project.full_path,
    runner,
    deploy: async () => {
      const { pipelineId, sha } = await push(world)
      return { ...(await deploymentOf(world, pipelineId)), sha }
    },
  }
}

/** Nothing went wrong in any of these pages: no error, no violation of the policy, no request elsewhere. */
export function expectQuiet(...pages: readonly Page[]): void {
  expect(pages.flatMap((page) => problemsOf(page))).toEqual([])
}

/** Waits until an expression is true in the page. Asked through the debugger: the page's policy forbids to evaluate text. */
export async function until(page: Page, expression: string): Promise<void> {
  const end = Date.now() + 15_000
  while (!(await page.evaluate(expression))) {
    if (Date.now() > end) throw new Error(`never true: ${expression}`)
    await delay(25)
  }
}

/** Marks the page, so that a later reload would show. */
export async function mark(page: Page): Promise<void> {
  await page.evaluate('window.notReloaded = true')
}

export async function expectNotReloaded(page: Page): Promise<void> {
  expect(await page.evaluate('window.notReloaded')).toBe(true)
}
