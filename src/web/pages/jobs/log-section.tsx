import { ActionIcon, Alert, Button, Group, Switch, Text, TextInput } from '@mantine/core'
import { IconChevronDown, IconChevronUp, IconDownload, IconSearch } from '@tabler/icons-react'
import { useDeferredValue, useMemo, useState } from 'react'
import type { JobEntity } from '../../../contract/jobs.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { logAddress } from '../../api/log-range.ts'
import { Section } from '../../components/section.tsx'
import { isOver } from './job-status.ts'
import classes from './log.module.css'
import { LogLinesView } from './log-lines-view.tsx'
import { matchingLines, openedFor, type Toggled, visibleLines } from './log-rows.ts'
import { type JobLog, useJobLog } from './use-job-log.ts'

interface LogSectionProps {
  readonly project: Project
  readonly job: JobEntity
}

/** What a job prints, while it prints it. */
export function LogSection({ project, job }: LogSectionProps) {
  const log = useJobLog(project.id, job.id, job.status)
  const over = isOver(job.status)
  const [wanted, setFollow] = useState<boolean | null>(null)
  const follow = wanted ?? !over
  const empty = log.log.lines.length === 0 && log.log.unfinished === null
  return (
    <Section
      title="Log"
      actions={
        <Group gap="md">
          <Switch label="Follow" checked={follow} onChange={(event) => setFollow(event.currentTarget.checked)} />
          <Button
            component="a"
            href={logAddress(project.id, job.id)}
            download={`job-${job.id}.log`}
            variant="default"
            size="xs"
            leftSection={<IconDownload size={14} aria-hidden />}
          >
            Download log
          </Button>
        </Group>
      }
    >
      {log.error ? (
        <Alert color="reject" role="alert" title="The log could not be read" radius={0}>
          {log.error.message}{' '}
          <Button variant="default" size="xs" onClick={log.again}>
            Try again
          </Button>
        </Alert>
      ) : null}
      {empty ? (
        <p className={classes.state}>{emptyText(log, job, over)}</p>
      ) : (
        <LogBody log={log} follow={follow} setFollow={setFollow} />
      )}
    </Section>
  )
}

function emptyText(log: JobLog, job: JobEntity, over: boolean): string {
  if (log.error) return ''
  if (log.loading) return 'Loading the log'
  if (job.erased_at) return 'The log was erased.'
  return over ? 'The job printed nothing.' : 'Nothing is printed yet. Lines show here as they come.'
}

interface LogBodyProps {
  readonly log: JobLog
  readonly follow: boolean
  readonly setFollow: (follow: boolean) => void
}

function LogBody({ log: { log, version, loading, read, size }, follow, setFollow }: LogBodyProps) {
  const [toggled, setToggled] = useState<Toggled>(new Map())
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const text = useDeferredValue(typed)
  const { lines, sections, unfinished } = log
  // The log is one object that grows: its version says when it did.
  // oxlint-disable-next-line react/exhaustive-deps
  const shown = useMemo(() => visibleLines(lines, sections, toggled), [lines, sections, toggled, version])
  // oxlint-disable-next-line react/exhaustive-deps
  const found = useMemo(() => matchingLines(lines, text), [lines, text, version])
  const matches = useMemo(() => new Set(found), [found])
  const place = found.length === 0 ? 0 : Math.min(at, found.length - 1)
  const current = text === '' ? null : (found[place] ?? null)
  const reveal = (index: number | undefined) => {
    const line = index === undefined ? undefined : lines[index]
    if (!line) return
    setFollow(false)
    setToggled((before) => openedFor(line, sections, before))
  }
  const move = (step: number) => {
    if (found.length === 0) return
    const next = (place + step + found.length) % found.length
    setAt(next)
    reveal(found[next])
  }
  const search = (value: string) => {
    setTyped(value)
    setAt(0)
    reveal(matchingLines(lines, value)[0])
  }
  const toggle = (section: number) =>
    setToggled((before) =>
      new Map(before).set(section, !(before.get(section) ?? sections[section]?.collapsed ?? false)),
    )
  return (
    <>
      <div className={classes.bar} role="search" aria-label="Log">
        <TextInput
          type="search"
          className={classes.search ?? ''}
          size="xs"
          aria-label="Search the log"
          placeholder="Search the log"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={typed}
          onChange={(event) => search(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') move(event.shiftKey ? -1 : 1)
          }}
        />
        {text === '' ? null : (
          <>
            <Text size="sm" role="status">
              {found.length === 0 ? 'No match' : `${place + 1} of ${found.length}`}
            </Text>
            <ActionIcon variant="default" aria-label="Previous match" onClick={() => move(-1)}>
              <IconChevronUp size={14} />
            </ActionIcon>
            <ActionIcon variant="default" aria-label="Next match" onClick={() => move(1)}>
              <IconChevronDown size={14} />
            </ActionIcon>
          </>
        )}
        {loading && size > 0 ? (
          <Text size="sm" c="dimmed">
            Loading: {Math.floor((100 * read) / size)} %
          </Text>
        ) : null}
      </div>
      <LogLinesView
        lines={lines}
        sections={sections}
        shown={shown}
        unfinished={unfinished}
        toggled={toggled}
        onToggle={toggle}
        matches={matches}
        current={current}
        follow={follow}
        onLeave={() => setFollow(false)}
      />
    </>
  )
}
