import { PageHeader } from '../../components/page-header.tsx'
import { projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { AuditSection } from './audit-section.tsx'

/** /:project/-/audit_events: who did what in the project. Developers see what they did themselves. */
export function ProjectAuditPage({ project }: ProjectPageProps) {
  const path = project.path_with_namespace
  return (
    <>
      <PageHeader
        title="Audit events"
        documentTitle={`Audit events · ${path}`}
        crumbs={[{ label: project.name, to: projectPath(path) }]}
      />
      <AuditSection place={{ kind: 'project', id: project.id }} />
    </>
  )
}
