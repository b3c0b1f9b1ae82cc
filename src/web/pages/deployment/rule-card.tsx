import { Group, Text } from '@mantine/core'
import { IconCircleCheckFilled, IconCircleDashed } from '@tabler/icons-react'
import type { Approval } from '../../../contract/deployments.ts'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { RuleState } from '../../decision/rule-states.ts'
import classes from './rule-card.module.css'

interface RuleCardProps {
  readonly rule: RuleState
  /** Nothing is waited for any more. */
  readonly decided: boolean
}

/** One rule: how many approvals of how many, whose, and who can or cannot give what is missing. */
export function RuleCard({ rule, decided }: RuleCardProps) {
  const given = rule.approvals.filter((approval) => approval.status === 'approved').length
  const met = rule.pending === 0 && given >= rule.required
  const Sign = met ? IconCircleCheckFilled : IconCircleDashed
  return (
    <section className={classes.rule} aria-label={`Rule: ${rule.name}`}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap={6} wrap="nowrap" miw={0}>
          <Sign size={18} aria-hidden className={met ? classes.met : classes.open} />
          <Text fw={600} truncate>
            {rule.name}
          </Text>
        </Group>
        <Text size="sm" c="dimmed" className={classes.count}>
          {rule.required === 0 ? given : `${Math.min(given, rule.required)} of ${rule.required}`}
        </Text>
      </Group>
      {rule.approvals.length > 0 ? (
        <ul className={classes.votes}>
          {rule.approvals.map((vote) => (
            <Vote key={`${vote.user.id} ${vote.created_at}`} vote={vote} />
          ))}
        </ul>
      ) : null}
      {decided || rule.pending === 0 ? null : <WhoCan rule={rule} />}
    </section>
  )
}

function Vote({ vote }: { readonly vote: Approval & { readonly counts?: boolean } }) {
  return (
    <li>
      <div className={classes.vote}>
        <PersonLink person={vote.user} />
        <StatusBadge status={vote.status} />
        <Text span size="sm" c="dimmed">
          <RelativeTime at={vote.created_at} />
        </Text>
      </div>
      {vote.comment ? <blockquote className={classes.comment}>{vote.comment}</blockquote> : null}
    </li>
  )
}

const shown = 6

function WhoCan({ rule }: { readonly rule: RuleState }) {
  const { candidates, excluded } = rule
  return (
    <div className={classes.people}>
      <Text size="sm" c="dimmed">
        {candidates.length === 0 ? 'Nobody can approve under this rule.' : 'Can approve'}
      </Text>
      <ul>
        {candidates.slice(0, shown).map((person) => (
          <li key={person.id}>
            <PersonLink person={person} />
          </li>
        ))}
        {candidates.length > shown ? <li>and {candidates.length - shown} more</li> : null}
      </ul>
      {excluded.length > 0 ? (
        <details>
          <summary>
            {excluded.length === 1 ? 'One person fits but cannot' : `${excluded.length} people fit but cannot`}
          </summary>
          <ul>
            {excluded.map(({ user, reason }) => (
              <li key={user.id}>
                <PersonLink person={user} />
                <Text size="sm" c="dimmed">
                  {reason}
                </Text>
              </li>
            ))}
          </ul>
        </details>
      ) : null}
    </div>
  )
}
