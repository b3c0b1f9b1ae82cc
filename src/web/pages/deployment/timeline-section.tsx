import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { deploymentTimeline, type TimelineEntry } from '../../../contract/deployment-review.ts'
import type { DeploymentExtended } from '../../../contract/deployments.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { QueryState } from '../../components/page-state.tsx'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Section } from '../../components/section.tsx'
import classes from './timeline.module.css'

interface TimelineSectionProps {
  readonly project: Project
  readonly deployment: DeploymentExtended
}

/** What happened, the oldest first. */
export function TimelineSection({ project, deployment }: TimelineSectionProps) {
  const timeline = useQuery(query(deploymentTimeline, { id: project.id, deployment_id: deployment.id }))
  return (
    <Section title="Timeline" padded>
      <QueryState query={timeline} label="Timeline">
        {(entries) => (
          <ol className={classes.timeline}>
            {entries.flatMap((entry) => {
              const told = tell(entry)
              if (told === null) return []
              return [
                <li key={`${entry.at} ${entry.event} ${entry.to} ${entry.user?.id}`} data-tone={told.tone}>
                  <div className={classes.line}>
                    {entry.user && told.byPerson ? <PersonLink person={entry.user} /> : null}
                    <span>{told.text}</span>
                    <Text span size="sm" c="dimmed">
                      <RelativeTime at={entry.at} />
                    </Text>
                  </div>
                  {entry.comment ? <blockquote className={classes.comment}>{entry.comment}</blockquote> : null}
                </li>,
              ]
            })}
          </ol>
        )}
      </QueryState>
    </Section>
  )
}

interface Told {
  readonly text: string
  readonly tone: 'still' | 'wait' | 'go' | 'good' | 'bad'
  readonly byPerson: boolean
}

const statuses: Readonly<Record<string, Omit<Told, 'byPerson'>>> = {
  blocked: { text: 'Blocked: waits for approvals', tone: 'wait' },
  running: { text: 'Started', tone: 'go' },
  success: { text: 'Deployed', tone: 'good' },
  failed: { text: 'Failed', tone: 'bad' },
  canceled: { text: 'Canceled', tone: 'still' },
  skipped: { text: 'Skipped', tone: 'still' },
}

/** Null for steps of the job that say nothing new. */
function tell({ event, to, reason }: TimelineEntry): Told | null {
  switch (event) {
    case 'created':
      return { text: 'created the deployment', tone: 'still', byPerson: true }
    case 'approved':
      return { text: 'approved', tone: 'good', byPerson: true }
    case 'rejected':
      return { text: 'rejected', tone: 'bad', byPerson: true }
    case 'deployment': {
      const told = statuses[to ?? '']
      return told ? { ...told, byPerson: to === 'canceled' } : null
    }
    case 'job':
      if (to === 'pending') return { text: 'The job waits for a runner', tone: 'go', byPerson: false }
      return reason === null ? null : { text: `The job failed: ${reason}`, tone: 'bad', byPerson: false }
  }
}
