/** Audit entries of environments. */
import type { AuditEntry } from './audit.ts'
import type { Environment } from './environments.ts'

type Verb = 'created' | 'updated' | 'deleted' | 'stopped' | 'started' | 'scheduled_for_deletion'

/** @param before null: it was made; @param after null: it was deleted */
export function environmentEntry(verb: Verb, before: Environment | null, after: Environment | null): AuditEntry[] {
  const environment = after ?? before
  if (!environment) return []
  return [
    {
      event: `environment_${verb}`,
      entity: { type: 'Project', id: environment.project_id },
      target: { type: 'Environment', id: environment.id, details: environment.name },
      details: { before: before && snapshot(before), after: after && snapshot(after) },
    },
  ]
}

function snapshot(environment: Environment) {
  return {
    name: environment.name,
    state: environment.state,
    tier: environment.tier,
    external_url: environment.external_url,
    auto_stop_setting: environment.auto_stop_setting,
    description: environment.description,
  }
}
