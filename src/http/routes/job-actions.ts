/** What a person may do to jobs now: the same questions that the calls themselves ask. */
import { listJobActions } from '../../contract/job-actions.ts'
import { jobFacts } from '../../db/job-facts.ts'
import { jobProtection } from '../../db/job-protection.ts'
import { jobRowsByIds } from '../../db/job-rows.ts'
import { retryFacts } from '../../db/retry-facts.ts'
import { decidePlay, retryRefusal } from '../../domain/decide-play.ts'
import { cancelableJobStatuses, completedJobStatuses } from '../../domain/job.ts'
import { type JobAction, notErasable, refuseJobAction } from '../../domain/job-access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { permitted } from '../present/permitted.ts'

const notCancelable: Refusal = { code: 'refused', sentence: 'Job is not cancelable' }

export const jobActionRoutes: Route[] = [
  implement(listJobActions, async (call) => {
    const { app, actor, input } = call
    const found = await projectFor(call, 'read_job')
    if (!found.ok) return found
    const { project, standing } = found.value
    const rows = [...(await jobRowsByIds(app.db, input.job_ids)).values()].filter(
      (row) => row.project_id === project.id,
    )
    const ids = rows.map((row) => row.id)
    const facts = new Map((await jobFacts(app.db, ids, { userId: actor.userId })).map((job) => [job.id, job]))
    const answers = rows.map(async (row) => {
      const [protection, retry] = await Promise.all([
        jobProtection(app.db, row.id, actor.userId),
        retryFacts(app.db, row.id, actor.userId),
      ])
      const job = facts.get(row.id)
      if (!protection || !retry || !job) return []
      const access = (action: JobAction) => refuseJobAction(actor, action, standing, protection)
      const playing = decidePlay(job, { userId: actor.userId, hasVariables: false })
      const cancelable = cancelableJobStatuses.includes(job.status)
      const erasable = completedJobStatuses.includes(job.status) && row.erased_at === null
      return [
        {
          job_id: row.id,
          play: permitted(access('play') ?? (playing.ok ? null : playing.error)),
          retry: permitted(access('retry') ?? retryRefusal(retry)),
          cancel: permitted(access('cancel') ?? (cancelable ? null : notCancelable)),
          erase: permitted(access('erase') ?? (erasable ? null : notErasable)),
        },
      ]
    })
    return ok((await Promise.all(answers)).flat())
  }),
]
