import { ActionIcon, Checkbox } from '@mantine/core'
import { type Icon, IconShield, IconTrash, IconUser, IconUsersGroup } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import type { Subject } from './protection-values.ts'
import classes from './subject-list.module.css'

const signs: Readonly<Record<Subject['kind'], readonly [Icon, string]>> = {
  role: [IconShield, 'Role'],
  group: [IconUsersGroup, 'Group'],
  user: [IconUser, 'Person'],
}

/** A role, group or person by name, with a sign for which of the three it is. */
export function SubjectName({ subject }: { readonly subject: Subject }) {
  const [Sign, kind] = signs[subject.kind]
  return (
    <span className={classes.name}>
      <Sign size={16} stroke={1.7} role="img" aria-label={kind} className="dimmed-icon" />
      <span>
        {subject.label}
        {subject.kind === 'group' && subject.inherited ? (
          <span className={classes.note}> with inherited members</span>
        ) : null}
      </span>
    </span>
  )
}

interface SubjectListProps<T extends Subject> {
  /** "Allowed to deploy". */
  readonly label: string
  readonly subjects: readonly T[]
  readonly onChange: (subjects: readonly T[]) => void
  /** More to say about each. */
  readonly more?: (subject: T, change: (part: Partial<T>) => void) => ReactNode
}

/** Chosen roles, groups and people, to be changed and taken out again. */
export function SubjectList<T extends Subject>({ label, subjects, onChange, more }: SubjectListProps<T>) {
  if (subjects.length === 0) return null
  return (
    <ul className={classes.list} aria-label={label}>
      {subjects.map((subject, index) => {
        const change = (part: Partial<T>) =>
          onChange(subjects.map((each, at) => (at === index ? { ...each, ...part } : each)))
        return (
          <li key={`${subject.kind}:${subject.value}`}>
            <SubjectName subject={{ ...subject, inherited: false }} />
            <span className={classes.controls}>
              {subject.kind === 'group' ? (
                <Checkbox
                  size="xs"
                  label="inherited members too"
                  aria-label={`inherited members too: ${subject.label}`}
                  checked={subject.inherited}
                  onChange={(event) => change({ inherited: event.currentTarget.checked } as Partial<T>)}
                />
              ) : null}
              {more?.(subject, change)}
              <ActionIcon
                variant="default"
                aria-label={`Remove ${subject.label}`}
                onClick={() => onChange(subjects.filter((each) => each !== subject))}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </span>
          </li>
        )
      })}
    </ul>
  )
}
