/** CI/CD variables as the API shows them (GitLab API entity Ci::Variable). */
import type { CiVariableEntity, InstanceVariableEntity } from '../../contract/ci-variables.ts'
import type { CiVariable } from '../../db/ci-variables.ts'

export function presentVariable(variable: CiVariable): CiVariableEntity {
  return {
    ...presentInstanceVariable(variable),
    hidden: variable.hidden,
    environment_scope: variable.environment_scope,
  }
}

/** Those of the instance have no scope and cannot be hidden. */
export function presentInstanceVariable(variable: CiVariable): InstanceVariableEntity {
  return {
    variable_type: variable.variable_type,
    key: variable.key,
    value: variable.hidden ? null : variable.value,
    protected: variable.protected,
    masked: variable.masked,
    raw: variable.raw,
    description: variable.description,
  }
}
