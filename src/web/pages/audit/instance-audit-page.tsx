import { PageHeader } from '../../components/page-header.tsx'
import { AuditSection } from './audit-section.tsx'

/** /admin/audit_logs: everything on record. */
export function InstanceAuditPage() {
  return (
    <>
      <PageHeader title="Audit events" documentTitle="Audit events · Administration" />
      <AuditSection place={{ kind: 'instance' }} />
    </>
  )
}
