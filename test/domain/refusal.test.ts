import { expect, test } from 'vitest'
import { type StartRefusal, sentenceOf } from '../../src/domain/refusal.ts'

// Votes have their sentences in vote-refusal.test.ts.
test.each<[StartRefusal, string]>([
  [{ code: 'waiting_for_approvals', missing: [] }, 'This deployment is waiting for approvals.'],
  [{ code: 'unplayable_job' }, 'Unplayable Job'],
  [{ code: 'job_not_retryable' }, 'Job is not retryable'],
  [{ code: 'deployment_rejected' }, 'This deployment job was rejected.'],
  [
    { code: 'may_not_deploy', environment: 'review/x' },
    'You are not allowed to deploy to the protected environment review/x.',
  ],
  [{ code: 'outdated_deployment' }, 'The deployment job is older than the latest deployment, and therefore failed.'],
  [
    { code: 'variables_after_approval' },
    'Variables cannot be added to a job whose deployment needs approvals: they would change what was approved.',
  ],
  [{ code: 'job_not_pending' }, 'Job is not pending.'],
  [{ code: 'user_blocked' }, 'The user of this job is not active.'],
  [
    { code: 'environment_invalid' },
    'This job could not be executed because it would create an environment with an invalid parameter.',
  ],
  [{ code: 'deployment_missing' }, 'This job has no deployment that could run.'],
])('%o', (refusal, sentence) => expect(sentenceOf(refusal)).toBe(sentence))
