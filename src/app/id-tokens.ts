/** `id_tokens`: the variables with which a job proves to others what it is (reference gitlab-ci-and-runner.md A18, B1). */
import { randomUUID } from 'node:crypto'
import { expandPlain, type Lookup } from '../ci/variable-expansion.ts'
import type { JobContext } from '../db/job-context.ts'
import type { Tx } from '../db/open.ts'
import { type IdTokenFacts, idTokenClaims } from '../domain/id-token.ts'
import type { Variable } from '../domain/plan.ts'
import type { App } from './context.ts'
import { signingKey, signToken } from './signing-key.ts'

/**
 * Made at hand-over, after the job's gate was asked, and never stored.
 * @param timeout of the job on its runner, in seconds: no token is valid for longer
 * @param lookup what `aud` may refer to; never the job's token, which would go to whoever reads the ID token
 */
export async function idTokenVariables(
  app: App,
  tx: Tx,
  job: JobContext,
  timeout: number,
  lookup: Lookup,
): Promise<Variable[]> {
  const tokens = Object.entries(job.plan.idTokens)
  if (tokens.length === 0 || job.user === null) return []
  const key = await signingKey(tx)
  const facts = factsOf(app, job, job.user, timeout)
  const now = Math.floor(app.now().getTime() / 1000)
  return tokens.map(([name, { aud }]) => {
    const audience = aud.map((text) => expandPlain(text, lookup))
    const value = signToken(key, idTokenClaims(facts, audience, now, randomUUID()))
    return { key: name, value, public: false, masked: true, file: false, raw: false }
  })
}

function factsOf(app: App, job: JobContext, user: NonNullable<JobContext['user']>, timeout: number): IdTokenFacts {
  const { pipeline, project, environment } = job
  const configPath = pipeline.predefined.findLast((variable) => variable.key === 'CI_CONFIG_PATH')?.value ?? null
  return {
    issuer: app.externalUrl,
    job: { id: job.id, timeout },
    project: { ...project, path: project.fullPath },
    user: { id: user.id, login: user.username, email: user.email, role: user.role },
    pipeline: { ...pipeline, configPath: pipeline.source === 'parent_pipeline' ? null : configPath },
    runnerId: job.runner?.id ?? null,
    environment: environment && { ...environment, action: job.plan.environment?.action ?? 'start' },
  }
}
