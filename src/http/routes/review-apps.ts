/** Environments API, "Delete multiple stopped review apps". */
import { cleanReviewApps, type ReviewAppsOutcome } from '../../app/clean-review-apps.ts'
import { deleteReviewApps } from '../../contract/environments.ts'
import { refuse } from '../../domain/access.ts'
import { ok } from '../../domain/result.ts'
import { implement, Raw } from '../call.ts'
import { projectFor } from '../find.ts'
import { presentEnvironmentBasic } from '../present/environment.ts'

const month = 30 * 24 * 3_600_000
const nothing: ReviewAppsOutcome = { scheduled: [], unprocessable: [] }

export const reviewAppRoute = implement(deleteReviewApps, async (call) => {
  const { app, actor, input } = call
  const found = await projectFor(call, 'read_environment')
  if (!found.ok) return found
  const { project, standing } = found.value
  if (refuse(actor, 'update_environment', standing, 'Project')) {
    return ok(failure(401, nothing, 'You do not have permission to destroy environments in this project'))
  }
  const outcome = await cleanReviewApps(app, actor, {
    projectId: project.id,
    before: input.before ?? new Date(app.now().getTime() - month),
    limit: input.limit,
    dryRun: input.dry_run,
  })
  // GitLab answers so even when there is simply nothing to delete.
  if (outcome.scheduled.length > 0) return ok(present(outcome))
  const sentence =
    'Failed to authorize deletions for some or all of the environments. Ask someone with more permissions to delete the environments.'
  return ok(failure(400, outcome, sentence))
})

function present(outcome: ReviewAppsOutcome) {
  return {
    scheduled_entries: outcome.scheduled.map(presentEnvironmentBasic),
    unprocessable_entries: outcome.unprocessable.map(presentEnvironmentBasic),
  }
}

/** GitLab wraps both lists and the sentence into `message`. */
function failure(status: number, outcome: ReviewAppsOutcome, sentence: string): Raw {
  const body = { message: { ...present(outcome), message: sentence } }
  return new Raw(status, JSON.stringify(body), { 'content-type': 'application/json' })
}
