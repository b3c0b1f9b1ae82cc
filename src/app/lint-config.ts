/** What a configuration would do, without doing it (GitLab CI Lint API). */
import type { CompileResult } from '../ci/types.ts'
import type { Project } from '../db/projects.ts'
import type { Actor } from '../domain/access.ts'
import type { JobPlan } from '../domain/plan.ts'
import { readCommit } from '../git/object-reader.ts'
import { zeroSha } from '../git/ref-name.ts'
import { circumstancesOf, compileConfig } from './compile-config.ts'
import type { App } from './context.ts'
import { type IncludedFile, recordIncludes } from './record-includes.ts'
import { branchOrTag } from './run-pipeline.ts'

export interface LintRequest {
  readonly project: Project
  readonly actor: Actor | null
  readonly content: string
  /** Where the content is from, and what local includes are read from; null: the head of `ref`. */
  readonly sha: string | null
  /** Simulate a pipeline for `ref`: rules that leave nothing to run are errors then. */
  readonly dryRun: boolean
  /** A branch or tag. */
  readonly ref: string
}

export interface LintOutcome {
  readonly errors: readonly {
    readonly message: string
    readonly file: string
    readonly line: number | null
    readonly column: number | null
  }[]
  readonly warnings: readonly string[]
  readonly mergedYaml: string | null
  readonly includes: readonly IncludedFile[]
  readonly jobs: readonly JobPlan[]
}

/** The author of the commit that does not exist yet, in an empty repository. */
const nobody = { name: '', email: '', date: '1970-01-01T00:00:00+00:00' }

export async function lintConfig(app: App, lint: LintRequest): Promise<LintOutcome> {
  const { project, actor } = lint
  const repository = app.repositories.open(project.id)
  const at = await branchOrTag(repository, lint.ref)
  if (!at && lint.dryRun) return failed('Reference not found')
  const sha = lint.sha ?? at?.commit ?? null
  const commit = sha === null ? null : await readCommit(repository, sha)
  const request = {
    project,
    actor,
    ref: at?.name ?? lint.ref,
    refType: at?.type ?? ('branch' as const),
    sha: commit?.sha ?? zeroSha,
    beforeSha: zeroSha,
    source: 'push' as const,
    variables: [],
  }
  const { predefined } = await circumstancesOf(
    app,
    request,
    commit ?? { message: '', author: nobody, committer: nobody },
  )
  const includes = recordIncludes(app, project, commit?.sha ?? null)
  // Whoever lints chose the text, so protected variables stay out of it: an error message could tell their values.
  const circumstances = { predefined, refProtected: false }
  const file = { path: project.ci_config_path ?? '.gitlab-ci.yml', text: lint.content }
  const compiled = await compileConfig(app, request, circumstances, file, includes.watch)
  return { ...outcomeOf(compiled, lint.dryRun), includes: includes.files() }
}

function outcomeOf(compiled: CompileResult, dryRun: boolean): Omit<LintOutcome, 'includes'> {
  switch (compiled.kind) {
    case 'plan':
      return { errors: [], warnings: compiled.warnings, mergedYaml: compiled.mergedYaml, jobs: compiled.plan.jobs }
    case 'errors':
      return { errors: compiled.errors, warnings: compiled.warnings, mergedYaml: compiled.mergedYaml, jobs: [] }
    case 'filtered': {
      const errors = dryRun ? failed(compiled.message).errors : []
      return { errors, warnings: [], mergedYaml: compiled.mergedYaml, jobs: [] }
    }
  }
}

/** The outcome of a simulation that ended before anything was read. */
export function failed(message: string): LintOutcome {
  const errors = [{ message, file: '', line: null, column: null }]
  return { errors, warnings: [], mergedYaml: null, includes: [], jobs: [] }
}
