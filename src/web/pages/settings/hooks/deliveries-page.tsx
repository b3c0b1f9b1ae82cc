import { Group, Text } from '@mantine/core'
import { IconWebhook } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'react-router'
import type { HookLogEntity } from '../../../../contract/webhooks.ts'
import { query, queryPage } from '../../../api/query.ts'
import { AppLink } from '../../../components/app-link.tsx'
import { CodeLines } from '../../../components/code-lines.tsx'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { EmptyState, QueryState } from '../../../components/page-state.tsx'
import { Pager, usePageNumber } from '../../../components/pager.tsx'
import { RelativeTime } from '../../../components/relative-time.tsx'
import { Facts, Row, RowList } from '../../../components/row-list.tsx'
import { Section } from '../../../components/section.tsx'
import { StatusBadge } from '../../../components/status-badge.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, type SettingsPlace, settingsPath, useRefusal } from '../settings-place.ts'
import classes from './deliveries.module.css'
import { changingHooks, hooksOf } from './operations.ts'

/** …/settings/hooks/deliveries?id=: what was sent to a webhook in the last days, and what it answered. */
export function DeliveriesPage({ place }: SettingsPageProps) {
  const [params] = useSearchParams()
  const id = Number(params.get('id') ?? 0)
  const page = usePageNumber()
  const hook = useQuery(query(hooksOf(place).get, { id: place.id, hook_id: id }))
  const deliveries = useQuery({
    ...queryPage(hooksOf(place).events, { id: place.id, hook_id: id, page: page.number }),
    placeholderData: keepPreviousData,
    // Sending is not put on record, so nothing tells of it.
    refetchInterval: 10_000,
  })
  return (
    <>
      <SettingsHeader
        place={place}
        title="Recent deliveries"
        about={
          <>
            What was sent to {hook.data?.url ?? 'this webhook'} in the last 7 days.{' '}
            <AppLink to={settingsPath(place, 'hooks')} underline="always">
              All webhooks
            </AppLink>
          </>
        }
      />
      <Section title="Deliveries" count={deliveries.data?.total ?? undefined}>
        <QueryState query={deliveries} label="Deliveries" missing="There is no such webhook.">
          {({ items, nextPage, total }) =>
            items.length === 0 ? (
              <EmptyState icon={IconWebhook} title="Nothing was sent in the last 7 days" />
            ) : (
              <>
                <RowList label="Deliveries">
                  {items.map((delivery) => (
                    <DeliveryRow key={delivery.id} place={place} hookId={id} delivery={delivery} />
                  ))}
                </RowList>
                <Pager page={page} hasNext={nextPage !== null} total={total} />
              </>
            )
          }
        </QueryState>
      </Section>
    </>
  )
}

interface DeliveryRowProps {
  readonly place: SettingsPlace
  readonly hookId: number
  readonly delivery: HookLogEntity
}

function DeliveryRow({ place, hookId, delivery }: DeliveryRowProps) {
  const refusal = useRefusal(place, changingHooks)
  const { id, trigger, response_status: status, execution_duration: seconds } = delivery
  const arrived = /^2\d\d$/.test(status)
  return (
    <Row
      end={
        <ConfirmAction
          operation={hooksOf(place).resend}
          input={{ id: place.id, hook_id: hookId, hook_event_id: id }}
          refusal={refusal}
          label="Send again"
          accessibleLabel={`Send again delivery ${id}`}
          title="Send again"
          done="It was sent again."
          size="xs"
          variant="default"
        >
          The same content is sent to <strong>{delivery.url}</strong> once more.
        </ConfirmAction>
      }
    >
      <Group gap="xs">
        <StatusBadge status={arrived ? 'success' : 'failed'} />
        <Text span fw={600}>
          {status}
        </Text>
        <span>{trigger.replaceAll('_', ' ')}</span>
      </Group>
      <Facts>
        <Text span inherit c="dimmed">
          <RelativeTime at={delivery.created_at} />
        </Text>
        <Text span inherit c="dimmed">
          {Math.round(seconds * 1000)} ms
        </Text>
        {delivery.internal_error_message ? <span>{delivery.internal_error_message}</span> : null}
      </Facts>
      <details className={classes.details}>
        <summary aria-label={`Request and answer of delivery ${id}`}>Request and answer</summary>
        <CodeLines label={`Headers sent by delivery ${id}`} lines={headers(delivery.request_headers)} />
        <CodeLines
          label={`Content sent by delivery ${id}`}
          lines={JSON.stringify(delivery.request_data, null, 2).split('\n')}
        />
        <CodeLines
          label={`Answer to delivery ${id}`}
          lines={[...headers(delivery.response_headers), '', ...delivery.response_body.split('\n')]}
        />
      </details>
    </Row>
  )
}

function headers(all: Readonly<Record<string, string>>): string[] {
  return Object.entries(all).map(([name, value]) => `${name}: ${value}`)
}
