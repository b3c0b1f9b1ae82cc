import { useState } from 'react'
import { SearchSelect } from '../../../components/search-select.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { type Subject, sameSubject } from './protection-values.ts'
import { useSubjects } from './use-subjects.ts'

interface SubjectSelectProps {
  readonly place: SettingsPlace
  readonly label: string
  /** Those that are not offered again. */
  readonly chosen: readonly Subject[]
  readonly onChoose: (subject: Subject) => void
}

const headings = { role: 'Roles', group: 'Groups', user: 'People' } as const

/** Finds a role, group or person to add. */
export function SubjectSelect({ place, label, chosen, onChoose }: SubjectSelectProps) {
  const [typed, setTyped] = useState('')
  const { subjects, searching } = useSubjects(place, typed)
  const offered = subjects.filter((subject) => !chosen.some((each) => sameSubject(each, subject)))
  const choose = (key: string | null) => {
    const subject = offered.find((each) => keyOf(each) === key)
    if (subject) onChoose(subject)
  }
  return (
    <SearchSelect
      label={label}
      placeholder="Search roles, groups and people"
      options={(['role', 'group', 'user'] as const)
        .map((kind) => ({
          group: headings[kind],
          items: offered
            .filter((each) => each.kind === kind)
            .map((each) => ({ value: keyOf(each), label: each.label })),
        }))
        .filter(({ items }) => items.length > 0)}
      loading={searching}
      onSearch={setTyped}
      value={null}
      onChange={choose}
    />
  )
}

function keyOf({ kind, value }: Subject): string {
  return `${kind}:${value}`
}
