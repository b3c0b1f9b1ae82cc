/** Every route of the API. A resource adds its list here. */
import type { Route } from '../call.ts'
import { accessTokenRoutes } from './access-tokens.ts'
import { applicationSettingRoutes } from './application-settings.ts'
import { artifactRoutes } from './artifacts.ts'
import { auditEventRoutes } from './audit-events.ts'
import { branchRoutes, tagRoutes } from './branches.ts'
import { ciLintRoutes } from './ci-lint.ts'
import { ciVariableRoutes } from './ci-variables.ts'
import { commitRoutes } from './commits.ts'
import { deploymentReviewRoutes } from './deployment-review.ts'
import { deploymentRoutes } from './deployments.ts'
import { environmentOverviewRoutes } from './environment-overview.ts'
import { environmentRoutes } from './environments.ts'
import { freezePeriodRoutes } from './freeze-periods.ts'
import { groupRoutes } from './groups.ts'
import { inboxRoutes } from './inbox.ts'
import { jobActionRoutes } from './job-actions.ts'
import { jobLogRoutes } from './job-log.ts'
import { jobRoutes } from './jobs.ts'
import { memberRoutes } from './members.ts'
import { metadataRoutes } from './metadata.ts'
import { namespaceRoutes } from './namespaces.ts'
import { permissionRoutes } from './permissions.ts'
import { pipelineDetailRoutes } from './pipeline-details.ts'
import { pipelineScheduleRoutes } from './pipeline-schedules.ts'
import { pipelineRoutes } from './pipelines.ts'
import { projectRoutes } from './projects.ts'
import { protectedEnvironmentRoutes } from './protected-environments.ts'
import { repositoryRoutes } from './repositories.ts'
import { repositoryFileRoutes } from './repository-files.ts'
import { resourceGroupRoutes } from './resource-groups.ts'
import { resourceTokenRoutes } from './resource-tokens.ts'
import { runnerArtifactRoutes } from './runner-artifacts.ts'
import { runnerCacheRoutes } from './runner-caches.ts'
import { runnerJobRoutes } from './runner-jobs.ts'
import { runnerListRoutes } from './runner-lists.ts'
import { runnerTokenRoutes } from './runner-tokens.ts'
import { runnerRoutes } from './runners.ts'
import { scheduleVariableRoutes } from './schedule-variables.ts'
import { serverStatusRoutes } from './server-status.ts'
import { sessionRoutes } from './session.ts'
import { triggerRoutes } from './triggers.ts'
import { userRoutes } from './users.ts'
import { webhookRoutes } from './webhooks.ts'

export const routes: readonly Route[] = [
  ...sessionRoutes,
  ...userRoutes,
  ...accessTokenRoutes,
  ...groupRoutes,
  ...projectRoutes,
  ...permissionRoutes,
  ...resourceTokenRoutes,
  ...namespaceRoutes,
  ...auditEventRoutes,
  ...metadataRoutes,
  ...memberRoutes,
  ...repositoryRoutes,
  ...repositoryFileRoutes,
  ...commitRoutes,
  ...branchRoutes,
  ...tagRoutes,
  ...runnerTokenRoutes,
  ...runnerListRoutes,
  ...runnerRoutes,
  ...applicationSettingRoutes,
  ...serverStatusRoutes,
  ...runnerJobRoutes,
  ...runnerCacheRoutes,
  ...environmentRoutes,
  ...environmentOverviewRoutes,
  ...protectedEnvironmentRoutes,
  ...freezePeriodRoutes,
  ...ciVariableRoutes,
  ...resourceGroupRoutes,
  ...deploymentRoutes,
  ...deploymentReviewRoutes,
  ...inboxRoutes,
  ...pipelineRoutes,
  ...pipelineDetailRoutes,
  ...triggerRoutes,
  ...pipelineScheduleRoutes,
  ...scheduleVariableRoutes,
  ...ciLintRoutes,
  ...jobRoutes,
  ...jobActionRoutes,
  ...jobLogRoutes,
  ...artifactRoutes,
  ...runnerArtifactRoutes,
  ...webhookRoutes,
]
