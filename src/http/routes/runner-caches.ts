/** Clearing a project's runner caches. */
import { clearRunnerCaches } from '../../app/clear-runner-caches.ts'
import * as contract from '../../contract/runner-caches.ts'
import { ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { projectFor } from '../find.ts'

export const runnerCacheRoutes: Route[] = [
  implement(contract.clearRunnerCaches, async (call) => {
    const found = await projectFor(call, 'clear_runner_caches')
    if (!found.ok) return found
    return ok({ jobs_cache_index: await clearRunnerCaches(call.app, call.actor, found.value.project) })
  }),
]
