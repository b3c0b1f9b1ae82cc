import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { projectMembers } from '../../../contract/members.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { queryPage } from '../../api/query.ts'
import { MemberList } from '../../components/member-list.tsx'
import { QueryState } from '../../components/page-state.tsx'
import { Section } from '../../components/section.tsx'

/** Everybody with a role in the project, inherited or not. */
export function HomeMembers({ project }: { readonly project: Project }) {
  const members = useQuery(queryPage(projectMembers.listAll, { id: project.id, per_page: 15 }))
  return (
    <Section title="Members" count={members.data?.total ?? undefined}>
      <QueryState query={members} label="Members">
        {({ items, nextPage }) => (
          <>
            <MemberList members={items} />
            {nextPage === null ? null : (
              <Text size="sm" c="dimmed" p="md" pt={0}>
                and more
              </Text>
            )}
          </>
        )}
      </QueryState>
    </Section>
  )
}
