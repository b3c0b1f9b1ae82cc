/** How GitLab words the status of a pipeline for people (GitLab API docs, `detailed_status`). */
import type { PipelineStatus } from './pipeline.ts'

export interface StatusWords {
  readonly icon: string
  readonly text: string
  readonly label: string
  readonly group: string
}

const words = (name: string, text: string, label: string, group = name): StatusWords => ({
  icon: `status_${name}`,
  text,
  label,
  group,
})

const byStatus: Record<PipelineStatus, StatusWords> = {
  created: words('created', 'Created', 'created'),
  waiting_for_resource: words('pending', 'Waiting', 'waiting for resource', 'waiting-for-resource'),
  preparing: words('preparing', 'Preparing', 'preparing'),
  waiting_for_callback: words('pending', 'Waiting', 'waiting for callback', 'waiting-for-callback'),
  pending: words('pending', 'Pending', 'pending'),
  running: words('running', 'Running', 'running'),
  canceling: words('canceled', 'Canceling', 'canceling', 'canceling'),
  success: words('success', 'Passed', 'passed'),
  failed: words('failed', 'Failed', 'failed'),
  canceled: words('canceled', 'Canceled', 'canceled'),
  skipped: words('skipped', 'Skipped', 'skipped'),
  manual: words('manual', 'Blocked', 'waiting for manual action'),
  scheduled: words('scheduled', 'Delayed', 'waiting for delayed job'),
}

/** @param warnings a job that may fail has failed */
export function detailedStatus(status: PipelineStatus, warnings: boolean): StatusWords {
  if (status === 'success' && warnings)
    return words('warning', 'Warning', 'passed with warnings', 'success-with-warnings')
  return byStatus[status]
}
