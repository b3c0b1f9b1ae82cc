import { PageHeader } from '../../components/page-header.tsx'
import { groupPath } from '../../paths.ts'
import type { GroupPageProps } from '../groups/group-pages.ts'
import { AuditSection } from './audit-section.tsx'

/** /groups/:group/-/audit_events: who did what to the group itself. */
export function GroupAuditPage({ group }: GroupPageProps) {
  return (
    <>
      <PageHeader
        title="Audit events"
        documentTitle={`Audit events · ${group.full_path}`}
        crumbs={[{ label: group.name, to: groupPath(group.full_path) }]}
      />
      <AuditSection place={{ kind: 'group', id: group.id }} />
    </>
  )
}
