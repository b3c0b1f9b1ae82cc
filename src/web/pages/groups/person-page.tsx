import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { listUsers } from '../../../contract/people.ts'
import { queryPage } from '../../api/query.ts'
import { DataList } from '../../components/data-list.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState, QueryState } from '../../components/page-state.tsx'
import { Section } from '../../components/section.tsx'

/** /:username: who somebody is. */
export function PersonPage({ username }: { readonly username: string }) {
  const people = useQuery(queryPage(listUsers, { username }))
  const person = people.data?.items[0]
  return (
    <>
      <PageHeader
        title={person?.name ?? (people.data ? 'Not found' : username)}
        documentTitle={person?.name ?? username}
      >
        {person ? <Text c="dimmed">@{person.username}</Text> : null}
      </PageHeader>
      <QueryState query={people} label="Person">
        {() =>
          person ? (
            <Section title="Account" padded>
              <DataList
                items={[
                  ['Name', person.name],
                  ['Username', person.username],
                  ['State', person.state],
                  ['Email', person.public_email ?? person.email ?? null],
                  ['About', person.bio ?? null],
                ]}
              />
            </Section>
          ) : (
            <MissingState />
          )
        }
      </QueryState>
    </>
  )
}
