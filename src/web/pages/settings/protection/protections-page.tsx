import { Stack } from '@mantine/core'
import { IconShieldLock } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queryList } from '../../../api/query.ts'
import { LinkButton } from '../../../components/link-button.tsx'
import { MoreButton } from '../../../components/more-button.tsx'
import { EmptyState, QueryState } from '../../../components/page-state.tsx'
import { RowList } from '../../../components/row-list.tsx'
import { Section } from '../../../components/section.tsx'
import { SettingsHeader } from '../settings-header.tsx'
import { type SettingsPageProps, settingsPath, useRefusal } from '../settings-place.ts'
import { operationsOf, protecting, protectionsPage } from './operations.ts'
import { ProtectionRow } from './protection-row.tsx'
import { SelfApprovalSection } from './self-approval-section.tsx'

/** …/settings/protected_environments */
export function ProtectionsPage({ place }: SettingsPageProps) {
  const protections = useInfiniteQuery(queryList(operationsOf(place).list, { id: place.id, per_page: 50 }))
  const refusal = useRefusal(place, protecting)
  const form = settingsPath(place, `${protectionsPage}/new`)
  return (
    <>
      <SettingsHeader
        place={place}
        title="Protected environments"
        about="Deployments to a protected environment are started only by those named for it, and wait until they are approved."
        actions={
          <LinkButton to={form} refusal={refusal} leftSection={<IconShieldLock size={16} aria-hidden />}>
            Protect an environment
          </LinkButton>
        }
      />
      <Stack gap="lg">
        <Section title="Protected" count={protections.data?.total ?? undefined}>
          <QueryState query={protections} label="Protected environments">
            {({ items }) =>
              items.length === 0 ? (
                <EmptyState icon={IconShieldLock} title="No environment is protected">
                  Every deployment runs without approval.
                </EmptyState>
              ) : (
                <>
                  <RowList>
                    {items.map((protection) => (
                      <ProtectionRow key={protection.name} place={place} protection={protection} refusal={refusal} />
                    ))}
                  </RowList>
                  <MoreButton list={protections} />
                </>
              )
            }
          </QueryState>
        </Section>
        {place.kind === 'project' ? <SelfApprovalSection place={place} /> : null}
      </Stack>
    </>
  )
}
