import { Group, Text } from '@mantine/core'
import { IconPlus, IconSnowflake } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { deleteFreezePeriod, type FreezePeriodEntity, listFreezePeriods } from '../../../../contract/freeze-periods.ts'
import { queryList } from '../../../api/query.ts'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { ListSection } from '../../../components/list-section.tsx'
import { EmptyState } from '../../../components/page-state.tsx'
import { RelativeTime } from '../../../components/relative-time.tsx'
import { Facts, Row } from '../../../components/row-list.tsx'
import { StatusBadge } from '../../../components/status-badge.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, type SettingsPlace, useRefusal } from '../settings-place.ts'
import { cronInWords } from './cron-in-words.ts'
import { FreezeForm } from './freeze-form.tsx'

/** …/settings/freeze_periods */
export function FreezesPage({ place }: SettingsPageProps) {
  const periods = useInfiniteQuery({
    ...queryList(listFreezePeriods, { id: place.id, per_page: 50 }),
    // A freeze begins and ends without anybody changing anything.
    refetchInterval: 60_000,
  })
  const refusal = useRefusal(place, { project: 'admin_freeze_periods' })
  return (
    <>
      <SettingsHeader
        place={place}
        title="Deploy freezes"
        about="Times in which pipelines are told, by the variable CI_DEPLOY_FREEZE, that nothing should be deployed."
        actions={
          <DialogButton label="Add freeze period" title="Add freeze period" icon={IconPlus} refusal={refusal}>
            {(close) => <FreezeForm place={place} period={null} close={close} />}
          </DialogButton>
        }
      />
      <ListSection
        title="Freeze periods"
        list={periods}
        empty={
          <EmptyState icon={IconSnowflake} title="No freeze period yet">
            Deployments run at any time.
          </EmptyState>
        }
      >
        {(period) => <FreezeRow key={period.id} place={place} period={period} refusal={refusal} />}
      </ListSection>
    </>
  )
}

interface FreezeRowProps {
  readonly place: SettingsPlace
  readonly period: FreezePeriodEntity
  readonly refusal: string | null
}

function FreezeRow({ place, period, refusal }: FreezeRowProps) {
  const { id, freeze_start: start, freeze_end: end, frozen, next_start: nextStart, next_end: nextEnd } = period
  const name = `freeze period ${id}`
  return (
    <Row
      end={
        <Group gap="xs">
          <DialogButton
            label="Edit"
            accessibleLabel={`Edit ${name}`}
            title="Edit freeze period"
            refusal={refusal}
            size="xs"
            variant="default"
          >
            {(close) => <FreezeForm place={place} period={period} close={close} />}
          </DialogButton>
          <ConfirmAction
            operation={deleteFreezePeriod}
            input={{ id: place.id, freeze_period_id: id }}
            refusal={refusal}
            label="Delete"
            accessibleLabel={`Delete ${name}`}
            title="Delete freeze period"
            done="The freeze period was deleted."
            danger
            size="xs"
            variant="default"
          >
            <strong>{place.name}</strong> is no longer frozen from <code>{start}</code> until <code>{end}</code>.
          </ConfirmAction>
        </Group>
      }
    >
      <Text fw={600}>
        Begins {cronInWords(start) ?? `by ${start}`}, ends {cronInWords(end) ?? `by ${end}`}
      </Text>
      <Facts>
        {frozen ? <StatusBadge status="frozen" /> : null}
        {frozen && nextEnd ? (
          <span>
            ends <RelativeTime at={nextEnd} />
          </span>
        ) : null}
        {nextStart ? (
          <span>
            next begins <RelativeTime at={nextStart} />
          </span>
        ) : null}
        <Text span inherit c="dimmed">
          {period.cron_timezone}
        </Text>
        <Text span inherit c="dimmed">
          <code>{start}</code> to <code>{end}</code>
        </Text>
      </Facts>
    </Row>
  )
}
