/** Every route of the API. A resource adds its list here. */
import type { Route } from '../call.ts'
import { accessTokenRoutes } from './access-tokens.ts'
import { deploymentRoutes } from './deployments.ts'
import { protectedEnvironmentRoutes } from './protected-environments.ts'
import { runnerJobRoutes } from './runner-jobs.ts'
import { runnerTokenRoutes } from './runner-tokens.ts'
import { userRoutes } from './users.ts'

export const routes: readonly Route[] = [
  ...userRoutes,
  ...accessTokenRoutes,
  ...runnerTokenRoutes,
  ...runnerJobRoutes,
  ...protectedEnvironmentRoutes,
  ...deploymentRoutes,
]
