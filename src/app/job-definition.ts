/** The variables that a job will get, by name: what an approver looks at besides the script. */
import { variablesInScope } from '../ci/environment-scope.ts'
import { inheritedDotenv, type JobContext } from '../db/job-context.ts'
import type { Db } from '../db/open.ts'
import { storedVariables } from './stored-variables.ts'

export interface NamedVariable {
  readonly key: string
  /** Where its value comes from; the last one wins at run time, and is the only one listed. */
  readonly origin: 'configuration' | 'pipeline' | 'play' | 'settings' | 'dotenv'
  readonly masked: boolean
}

/**
 * Without the predefined ones, which every job has.
 * @param all false: only those of the configuration, which everybody reads who reads the repository
 */
export async function variableNames(db: Db, job: JobContext, all: boolean): Promise<NamedVariable[]> {
  const named = (origin: NamedVariable['origin'], variables: readonly { key: string; masked?: boolean }[]) =>
    variables.map(({ key, masked = false }): [string, NamedVariable] => [key, { key, origin, masked }])
  const configured = named('configuration', job.plan.variables)
  const others = all
    ? [
        ...named('dotenv', await inheritedDotenv(db, job.id)),
        ...named(
          'settings',
          variablesInScope(
            await storedVariables(db, job.project.id, job.pipeline.protected),
            job.environment?.name ?? null,
          ),
        ),
        ...named('pipeline', job.pipelineVariables),
        ...named('play', job.playVariables),
      ]
    : []
  // In the order of precedence, lowest first (reference gitlab-ci-and-runner.md B1), so that a later one replaces an earlier.
  return [...new Map([...configured, ...others]).values()].toSorted((a, b) => (a.key < b.key ? -1 : 1))
}
