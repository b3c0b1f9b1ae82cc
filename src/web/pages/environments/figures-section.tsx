import '@mantine/charts/styles.css'
import { BarChart } from '@mantine/charts'
import { SegmentedControl, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  type EnvironmentFigures,
  type EnvironmentOverview,
  environmentFigures,
} from '../../../contract/environment-overview.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { durationText } from '../../components/format-time.ts'
import { QueryState } from '../../components/page-state.tsx'
import { Section } from '../../components/section.tsx'
import classes from './figures.module.css'

interface FiguresSectionProps {
  readonly project: Project
  readonly environment: EnvironmentOverview
}

/** Deployments per day, and how long approvals took. */
export function FiguresSection({ project, environment }: FiguresSectionProps) {
  const [days, setDays] = useState('30')
  const figures = useQuery(
    query(environmentFigures, { id: project.id, environment_id: environment.id, days: Number(days) }),
  )
  return (
    <Section
      title="Figures"
      padded
      actions={
        <SegmentedControl
          size="xs"
          aria-label="Days"
          value={days}
          onChange={setDays}
          data={[
            { value: '30', label: '30 days' },
            { value: '90', label: '90 days' },
          ]}
        />
      }
    >
      <QueryState query={figures} label="Figures">
        {(data) =>
          data.deployments === 0 ? (
            <Text size="sm" c="dimmed">
              No deployment finished in the last {days} days.
            </Text>
          ) : (
            <Charts figures={data} />
          )
        }
      </QueryState>
    </Section>
  )
}

function Charts({ figures }: { readonly figures: EnvironmentFigures }) {
  const { deployments, failed, time_to_approve: median } = figures
  const days = figures.days.map((day) => ({ ...day, date: shortDate(day.date), minutes: minutes(day.time_to_approve) }))
  const summary = `${deployments} deployments, ${failed} of them failed`
  return (
    <Stack gap="lg">
      <figure className={classes.figure}>
        <figcaption>
          <strong>Deployments per day</strong>
          <span>{summary}</span>
        </figcaption>
        <div role="img" aria-label={`Deployments per day: ${summary}.`}>
          <BarChart
            h={150}
            data={days}
            dataKey="date"
            type="stacked"
            series={[
              { name: 'success', color: 'var(--cs-chart-good)', label: 'Success' },
              { name: 'failed', color: 'var(--cs-chart-bad)', label: 'Failed' },
              { name: 'canceled', color: 'var(--cs-chart-still)', label: 'Canceled' },
            ]}
            {...shared}
          />
        </div>
      </figure>
      <figure className={classes.figure}>
        <figcaption>
          <strong>Time to approve</strong>
          <span>{median === null ? 'no approvals' : `median ${durationText(median)}`}</span>
        </figcaption>
        <div
          role="img"
          aria-label={`Time to approve per day: ${median === null ? 'no approvals' : `median ${durationText(median)}`}.`}
        >
          <BarChart
            h={130}
            data={days}
            dataKey="date"
            series={[{ name: 'minutes', color: 'var(--cs-chart-go)', label: 'Median' }]}
            {...shared}
            valueFormatter={minutesText}
          />
        </div>
      </figure>
    </Stack>
  )
}

/** The picture is described; what is inside it is not for the keyboard. */
const shared = {
  withYAxis: true,
  yAxisProps: { width: 56, allowDecimals: false, tickCount: 3 },
  xAxisProps: { interval: 'preserveStartEnd' as const, minTickGap: 40 },
  barChartProps: { accessibilityLayer: false },
  maxBarWidth: 18,
  gridAxis: 'x' as const,
}

function minutesText(minutes: number): string {
  return minutes >= 120 ? `${Math.round(minutes / 6) / 10} h` : `${minutes} min`
}

function minutes(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds / 6) / 10
}

const format = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

function shortDate(date: string): string {
  return format.format(new Date(`${date}T00:00:00Z`))
}
