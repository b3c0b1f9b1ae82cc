/** Environments as the API shows them (GitLab API entities EnvironmentBasic and Environment). */
import type { EnvironmentAlone, EnvironmentBasic } from '../../contract/environments.ts'
import type { Environment } from '../../db/environments.ts'

export function presentEnvironmentBasic(environment: Environment): EnvironmentBasic {
  return {
    id: environment.id,
    name: environment.name,
    slug: environment.slug,
    external_url: environment.external_url,
    created_at: environment.created_at.toISOString(),
    updated_at: environment.updated_at.toISOString(),
  }
}

/** Without `project` and `last_deployment`, which some answers add. */
export function presentEnvironment(environment: Environment): EnvironmentAlone {
  return {
    ...presentEnvironmentBasic(environment),
    tier: environment.tier,
    state: environment.state,
    auto_stop_at: environment.auto_stop_at?.toISOString() ?? null,
    auto_stop_setting: environment.auto_stop_setting,
    description: environment.description,
  }
}
