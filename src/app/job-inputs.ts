/** Values for the inputs that a job declares, given by whoever plays or retries it (GitLab docs, "Job inputs"). */
import { checkInputs, type GivenInputs } from '../ci/job-input-values.ts'
import { planOfJob, setJobInputs } from '../db/jobs.ts'
import type { Tx } from '../db/open.ts'
import type { JobInputPlan } from '../domain/plan.ts'
import type { Refusal } from '../domain/refusal.ts'
import { err, ok, type Result } from '../domain/result.ts'

/** The job's inputs as they would be with these values. */
export async function checkGivenInputs(
  tx: Tx,
  jobId: number,
  given: GivenInputs,
): Promise<Result<readonly JobInputPlan[], Refusal>> {
  const { inputs = [] } = await planOfJob(tx, jobId)
  const checked = checkInputs(inputs, given)
  return checked.ok ? checked : err({ code: 'bad_request', reason: checked.error.join(', ') })
}

/**
 * Stores values with the job's plan, so that they are part of what is approved and of what a retry repeats. Inputs that are not
 * given keep the value they have.
 */
export async function giveInputs(tx: Tx, jobId: number, given: GivenInputs): Promise<Result<void, Refusal>> {
  if (Object.keys(given).length === 0) return ok(undefined)
  const checked = await checkGivenInputs(tx, jobId, given)
  if (!checked.ok) return checked
  await setJobInputs(tx, jobId, checked.value)
  return ok(undefined)
}
