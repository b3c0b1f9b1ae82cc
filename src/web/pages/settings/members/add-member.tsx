import { useState } from 'react'
import { useWrite } from '../../../api/query.ts'
import { PersonSelect } from '../../../components/person-select.tsx'
import { say } from '../../../components/said.ts'
import { Section } from '../../../components/section.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { expiryOf, type MembersProps, membersOf } from './operations.ts'
import { RoleFields, type RoleValues } from './role-fields.tsx'

/** Gives somebody a role. */
export function AddMember({ place, refusal }: MembersProps) {
  const add = useWrite(membersOf(place).add)
  const [person, setPerson] = useState<string | null>(null)
  const [values, setValues] = useState<RoleValues>({ role: 30, expiry: '' })
  const save = () =>
    add.mutate(
      { id: place.id, user_id: person ?? '', access_level: values.role, ...expiryOf(values.expiry) },
      {
        onSuccess: (added) => {
          say(`${'name' in added ? added.name : 'The person'} is a member of ${place.name} now.`)
          setPerson(null)
          setValues({ role: 30, expiry: '' })
        },
      },
    )
  return (
    <Section title="Add a member" padded>
      <WriteForm
        label="Add a member"
        submit="Add member"
        failure="Not added"
        refusal={refusal ?? (person === null ? 'Choose a person first.' : null)}
        onSubmit={save}
        write={add}
      >
        <RoleFields values={values} onChange={setValues}>
          <PersonSelect value={person} onChange={setPerson} />
        </RoleFields>
      </WriteForm>
    </Section>
  )
}
