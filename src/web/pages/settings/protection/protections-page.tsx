import { Stack } from '@mantine/core'
import { IconShieldLock } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { queryList } from '../../../api/query.ts'
import { LinkButton } from '../../../components/link-button.tsx'
import { ListSection } from '../../../components/list-section.tsx'
import { EmptyState } from '../../../components/page-state.tsx'
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
        <ListSection
          title="Protected"
          list={protections}
          empty={
            <EmptyState icon={IconShieldLock} title="No environment is protected here">
              Deployments run without approval, unless a group above protects their tier.
            </EmptyState>
          }
        >
          {(protection) => (
            <ProtectionRow key={protection.name} place={place} protection={protection} refusal={refusal} />
          )}
        </ListSection>
        {place.kind === 'project' ? <SelfApprovalSection place={place} /> : null}
      </Stack>
    </>
  )
}
