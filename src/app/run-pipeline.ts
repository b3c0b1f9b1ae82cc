/** A pipeline that somebody asks for by name of a branch or tag (GitLab Pipelines API, "Create a new pipeline"). */
import type { Project } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import type { Variable } from '../domain/plan.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, type Result } from '../domain/result.ts'
import { variableNameProblem } from '../domain/variable-names.ts'
import { parseRef, zeroSha } from '../git/ref-name.ts'
import { findRef, lookupName } from '../git/refs.ts'
import type { Repository } from '../git/repository-store.ts'
import type { App } from './context.ts'
import { createPipeline } from './create-pipeline.ts'

export interface RunRequest {
  readonly project: Project
  readonly actor: Actor
  /** A short name, or a full one such as `refs/tags/v1`. */
  readonly ref: string
  readonly source: 'api' | 'web'
  readonly variables: readonly { readonly key: string; readonly value: string; readonly file: boolean }[]
  readonly inputs: Readonly<Record<string, unknown>>
}

export async function runPipeline(app: App, request: RunRequest): Promise<Result<{ id: number }, Refusal>> {
  const problem = variableNameProblem(request.variables.map((variable) => variable.key))
  if (problem) return err(problem)
  const at = await branchOrTag(app.repositories.open(request.project.id), request.ref)
  if (!at) return err({ code: 'invalid', errors: { base: ['Reference not found'] } })
  return createPipeline(app, {
    project: request.project,
    actor: request.actor,
    ref: at.name,
    refType: at.type,
    sha: at.commit,
    beforeSha: zeroSha,
    source: request.source,
    variables: request.variables.map(pipelineVariable),
    inputs: request.inputs,
    refuseErrors: true,
  })
}

/** What a name means: a branch before a tag; never a bare commit, which no pipeline can be for. */
export async function branchOrTag(
  repository: Repository,
  name: string,
): Promise<{ readonly name: string; readonly type: 'branch' | 'tag'; readonly commit: string } | null> {
  const full = parseRef(name)
  const found = full ? await findRef(repository, full) : await shortName(repository, name)
  return found?.commit ? { name: found.name, type: found.type, commit: found.commit } : null
}

async function shortName(repository: Repository, name: string) {
  const { branch, tag } = await lookupName(repository, name)
  return branch ?? tag
}

/** A variable as somebody gives it to a pipeline. */
export function pipelineVariable({ key, value, file }: RunRequest['variables'][number]): Variable {
  return { key, value, public: false, masked: false, file, raw: false }
}
