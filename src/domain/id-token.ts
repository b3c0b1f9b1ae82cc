/** What an ID token says of its job (GitLab docs, "OpenID Connect (OIDC) authentication using ID tokens"). */
import { roles } from './access.ts'

export interface IdTokenFacts {
  /** Base of every link, without a slash at the end. */
  readonly issuer: string
  readonly job: { readonly id: number /** Seconds. */; readonly timeout: number }
  readonly project: {
    readonly id: number
    readonly path: string
    readonly namespaceId: number
    readonly namespacePath: string
    readonly visibility: string
  }
  readonly user: {
    readonly id: number
    readonly login: string
    readonly email: string
    /** In the project; 0 for none. */
    readonly role: number
  }
  readonly pipeline: {
    readonly id: number
    readonly source: string
    readonly ref: string
    readonly tag: boolean
    readonly protected: boolean
    readonly sha: string
    /** The project's own configuration file; null for a child pipeline, whose configuration is something else. */
    readonly configPath: string | null
  }
  readonly runnerId: number | null
  readonly environment: {
    readonly name: string
    readonly protected: boolean
    readonly tier: string
    readonly action: string
  } | null
}

/** Clocks differ: a token is valid this long before it was made, in seconds (GitLab). */
const earlier = 5

/** @param now in seconds @param id of this one token */
export function idTokenClaims(
  facts: IdTokenFacts,
  audience: readonly string[],
  now: number,
  id: string,
): Record<string, unknown> {
  const { project, pipeline, user, environment } = facts
  const refType = pipeline.tag ? 'tag' : 'branch'
  const refPath = `refs/${pipeline.tag ? 'tags' : 'heads'}/${pipeline.ref}`
  const place = {
    project_id: String(project.id),
    project_path: project.path,
    namespace_id: String(project.namespaceId),
    namespace_path: project.namespacePath,
  }
  return {
    ...place,
    user_id: String(user.id),
    user_login: user.login,
    user_email: user.email,
    user_access_level: roleName(user.role),
    ...Object.fromEntries(Object.entries(place).map(([key, value]) => [`job_${key}`, value])),
    pipeline_id: String(pipeline.id),
    pipeline_source: pipeline.source,
    job_id: String(facts.job.id),
    ref: pipeline.ref,
    ref_type: refType,
    ref_path: refPath,
    ref_protected: String(pipeline.protected),
    ...(environment && {
      environment: environment.name,
      environment_protected: String(environment.protected),
      deployment_tier: environment.tier,
      environment_action: environment.action,
    }),
    runner_id: facts.runnerId,
    runner_environment: 'self-hosted',
    sha: pipeline.sha,
    project_visibility: project.visibility,
    ...(pipeline.configPath !== null && {
      ci_config_ref_uri: `${new URL(facts.issuer).host}/${project.path}//${pipeline.configPath}@${refPath}`,
      ci_config_sha: pipeline.sha,
    }),
    jti: id,
    iss: facts.issuer,
    iat: now,
    nbf: now - earlier,
    exp: now + facts.job.timeout,
    sub: `project_path:${project.path}:ref_type:${refType}:ref:${pipeline.ref}`,
    aud: audience.length === 1 ? audience[0] : audience,
  }
}

function roleName(level: number): string | null {
  return Object.entries(roles).find(([, value]) => value === level)?.[0] ?? null
}
