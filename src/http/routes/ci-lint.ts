/** CI Lint API. */
import { findConfig } from '../../app/compile-config.ts'
import type { App } from '../../app/context.ts'
import { failed, type LintOutcome, lintConfig } from '../../app/lint-config.ts'
import { type LintResult, lintContent, lintProject } from '../../contract/ci-lint.ts'
import { refuse } from '../../domain/access.ts'
import { err, ok } from '../../domain/result.ts'
import { resolve } from '../../git/object-reader.ts'
import { isEmpty, lookupName } from '../../git/refs.ts'
import type { Repository } from '../../git/repository-store.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { projectFor } from '../find.ts'

export const ciLintRoutes: Route[] = [
  implement(lintContent, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'create_pipeline')
    if (!found.ok) return found
    const { project } = found.value
    const ref = input.ref || project.default_branch
    const outcome = await lintConfig(app, {
      project,
      actor,
      content: input.content,
      sha: null,
      dryRun: input.dry_run,
      ref,
    })
    return ok(present(outcome, input.include_jobs))
  }),

  implementOpen(lintProject, async (call) => {
    const { app, input, actor } = call
    const found = await projectFor(call, 'download_code')
    if (!found.ok) return found
    const { project, standing } = found.value
    const repository = app.repositories.open(project.id)
    if (await isEmpty(repository)) return err({ code: 'not_found', what: 'Repository' })
    const sha = await contentCommit(repository, input.content_ref || input.sha || project.default_branch)
    if (sha === null) return err({ code: 'not_found', what: 'Commit' })
    if (input.dry_run && refuse(actor, 'create_pipeline', standing, 'Project')) {
      return ok(present(failed('Insufficient permissions to create a new pipeline'), input.include_jobs))
    }
    const content = await contentAt(app, project, sha)
    const ref = input.dry_run_ref || input.ref || project.default_branch
    const outcome = await lintConfig(app, { project, actor, content, sha, dryRun: input.dry_run, ref })
    return ok(present(outcome, input.include_jobs))
  }),
]

async function contentAt(app: App, project: Parameters<typeof findConfig>[1], sha: string): Promise<string> {
  return (await findConfig(app, project, sha))?.text ?? ''
}

async function contentCommit(repository: Repository, name: string): Promise<string | null> {
  const found = await lookupName(repository, name)
  return found.branch?.commit ?? found.tag?.commit ?? found.commit ?? (await resolve(repository, name))
}

function present(outcome: LintOutcome, withJobs: boolean): LintResult {
  return {
    valid: outcome.errors.length === 0,
    errors: outcome.errors.map((error) => error.message),
    warnings: [...outcome.warnings],
    merged_yaml: outcome.mergedYaml,
    includes: outcome.includes.map((file) => ({
      type: file.type,
      location: file.location,
      blob: file.blob,
      raw: file.raw,
      extra: { ...file.extra },
      context_project: file.contextProject,
      context_sha: file.contextSha,
    })),
    ...(withJobs ? { jobs: outcome.jobs.map(presentJob) } : {}),
    locations: outcome.errors.map(({ file, line, column }) => ({ file, line, column })),
  }
}

/** `before_script` is part of the script here: a job runs both as one step. */
function presentJob(plan: LintOutcome['jobs'][number]) {
  return {
    name: plan.name,
    stage: plan.stage,
    before_script: [],
    script: [...plan.script],
    after_script: [...plan.afterScript],
    tag_list: [...plan.tags],
    environment: plan.environment?.name ?? null,
    when: plan.when,
    allow_failure: plan.allowFailure,
    needs: plan.needs?.map(({ job, artifacts, optional }) => ({ name: job, artifacts, optional })) ?? null,
  }
}
