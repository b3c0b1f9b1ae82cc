import { Text, UnstyledButton, VisuallyHidden } from '@mantine/core'
import type { AuditEvent } from '../../../contract/audit-events.ts'
import { AppLink } from '../../components/app-link.tsx'
import { DataList } from '../../components/data-list.tsx'
import { exactTime } from '../../components/format-time.ts'
import { PersonSign } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row } from '../../components/row-list.tsx'
import classes from './audit.module.css'
import { eventFacts, eventSentence, eventTitle, kindTitle, targetPath } from './event-text.ts'

interface AuditRowProps {
  readonly event: AuditEvent
  /** Where it happened is said, too. */
  readonly entities: boolean
  readonly only: (filter: { readonly author: string } | { readonly event: string }) => void
}

/** Who did what to what, when; everything else on record when it is opened. */
export function AuditRow({ event, entities, only }: AuditRowProps) {
  const { details } = event
  const sentence = eventSentence(event)
  const title = eventTitle(event.event_name)
  const facts = eventFacts(event)
  return (
    <Row
      end={
        <Text span size="sm" c="dimmed">
          <RelativeTime at={event.created_at} />
        </Text>
      }
    >
      <Facts>
        <Text span fw={600}>
          {title}
        </Text>
        <Target event={event} />
        {entities ? (
          <Text span inherit c="dimmed">
            {event.entity_type.startsWith('Gitlab')
              ? 'server'
              : `${kindTitle(event.entity_type)} ${details.entity_path}`}
          </Text>
        ) : null}
      </Facts>
      <Facts>
        <span className={classes.author}>
          <PersonSign name={details.author_name.replaceAll(/[()]/g, '')} />
          {details.author_name === '(system)' ? 'The server itself' : details.author_name}
        </span>
        {sentence === null ? null : <span className={classes.sentence}>{sentence}</span>}
      </Facts>
      <details className={classes.details}>
        <summary>
          Details<VisuallyHidden> of {title}</VisuallyHidden>
        </summary>
        <DataList
          wide
          items={[
            ['Time', exactTime(event.created_at)],
            ...facts,
            ['Author’s e-mail', details.author_email],
            ['From address', details.ip_address],
            ['Record', `#${event.id}`],
            [
              'Show only',
              <Facts key="only">
                <Only onClick={() => only({ event: event.event_name })}>this kind of event</Only>
                <Only onClick={() => only({ author: String(event.author_id) })}>what this author did</Only>
              </Facts>,
            ],
          ]}
        />
      </details>
    </Row>
  )
}

function Target({ event }: { readonly event: AuditEvent }) {
  const { target_type: type, target_details: name, target_id: id } = event.details
  const path = targetPath(event)
  const text = `${kindTitle(type)} ${name || `#${id}`}`
  return path === null ? <span>{text}</span> : <AppLink to={path}>{text}</AppLink>
}

function Only({ children, onClick }: { readonly children: string; readonly onClick: () => void }) {
  return (
    <UnstyledButton fz="sm" c="var(--mantine-color-anchor)" onClick={onClick}>
      {children}
    </UnstyledButton>
  )
}
