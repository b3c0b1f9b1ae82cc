import {
  type Icon,
  IconBan,
  IconCheck,
  IconCircleDashed,
  IconClock,
  IconHandStop,
  IconLoader2,
  IconPlayerPlay,
  IconPlayerSkipForward,
  IconPlayerTrackNext,
  IconShieldCog,
  IconX,
} from '@tabler/icons-react'
import classes from './status-badge.module.css'

type Look = { readonly tone: 'wait' | 'go' | 'good' | 'bad' | 'still'; readonly icon: Icon }

const looks: Readonly<Record<string, Look>> = {
  blocked: { tone: 'wait', icon: IconHandStop },
  approved: { tone: 'good', icon: IconCheck },
  rejected: { tone: 'bad', icon: IconX },
  success: { tone: 'good', icon: IconCheck },
  failed: { tone: 'bad', icon: IconX },
  running: { tone: 'go', icon: IconLoader2 },
  pending: { tone: 'go', icon: IconClock },
  preparing: { tone: 'go', icon: IconClock },
  waiting_for_resource: { tone: 'wait', icon: IconClock },
  scheduled: { tone: 'still', icon: IconClock },
  manual: { tone: 'still', icon: IconPlayerPlay },
  created: { tone: 'still', icon: IconCircleDashed },
  canceling: { tone: 'still', icon: IconBan },
  canceled: { tone: 'still', icon: IconBan },
  skipped: { tone: 'still', icon: IconPlayerSkipForward },
  temporarily_disabled: { tone: 'wait', icon: IconClock },
  disabled: { tone: 'bad', icon: IconBan },
  online: { tone: 'good', icon: IconCheck },
  paused: { tone: 'wait', icon: IconHandStop },
  frozen: { tone: 'wait', icon: IconHandStop },
  available: { tone: 'good', icon: IconPlayerTrackNext },
  stopped: { tone: 'still', icon: IconBan },
  stopping: { tone: 'still', icon: IconBan },
  active: { tone: 'good', icon: IconCheck },
  deactivated: { tone: 'still', icon: IconBan },
  administrator: { tone: 'go', icon: IconShieldCog },
  offline: { tone: 'still', icon: IconCircleDashed },
  stale: { tone: 'wait', icon: IconClock },
  never_contacted: { tone: 'still', icon: IconCircleDashed },
}
const unknown: Look = { tone: 'still', icon: IconCircleDashed }

/** The status of a deployment, job, pipeline, vote or environment, in the API's word, with colour and sign. */
export function StatusBadge({ status }: { readonly status: string }) {
  const { tone, icon: Sign } = looks[status] ?? unknown
  return (
    <span className={classes.badge} data-tone={tone} data-status={status}>
      <Sign size={14} stroke={2} aria-hidden className={status === 'running' ? classes.turning : undefined} />
      {status.replaceAll('_', ' ')}
    </span>
  )
}
