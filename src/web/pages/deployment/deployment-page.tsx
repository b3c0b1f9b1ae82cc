import { Alert } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useEffect, useRef } from 'react'
import { type DeploymentExtended, getDeployment } from '../../../contract/deployments.ts'
import { query } from '../../api/query.ts'
import { announce } from '../../components/announce.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { MissingState, QueryState } from '../../components/page-state.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { environmentPath, environmentsPath, projectPath } from '../../paths.ts'
import type { ProjectPageProps } from '../project/project-pages.ts'
import { ApprovalPanel } from './approval-panel.tsx'
import { ChangesSection } from './changes-section.tsx'
import classes from './deployment.module.css'
import { DeploymentFacts } from './deployment-facts.tsx'
import { JobSection } from './job-section.tsx'
import { TimelineSection } from './timeline-section.tsx'

/** /-/deployments/:id: everything that somebody needs to decide, and the decision. */
export function DeploymentPage({ project, params }: ProjectPageProps) {
  const id = Number(params['deploymentId'])
  const valid = Number.isSafeInteger(id) && id > 0
  const deployment = useQuery({ ...query(getDeployment, { id: project.id, deployment_id: id }), enabled: valid })
  useAnnouncedStatus(deployment.data)
  const path = project.path_with_namespace
  const crumbs = [
    { label: project.name, to: projectPath(path) },
    { label: 'Environments', to: environmentsPath(path) },
  ]
  const { data } = deployment
  if (!data) {
    return (
      <>
        <PageHeader title="Deployment" documentTitle={`Deployment · ${path}`} crumbs={crumbs} />
        {valid ? (
          <QueryState query={deployment} label="Deployment" missing="This project has no such deployment.">
            {() => null}
          </QueryState>
        ) : (
          <MissingState>This project has no such deployment.</MissingState>
        )}
      </>
    )
  }
  const { environment } = data
  return (
    <>
      <PageHeader
        title={`Deployment #${data.iid} to ${environment.name}`}
        documentTitle={`Deployment #${data.iid} to ${environment.name} · ${path}`}
        crumbs={[...crumbs, { label: environment.name, to: environmentPath(path, environment.id) }]}
        beside={<StatusBadge status={data.status} />}
      />
      <div className={classes.columns}>
        <div className={classes.side}>
          <ApprovalPanel project={project} deployment={data} />
          <DeploymentFacts project={project} deployment={data} />
        </div>
        <div className={classes.content}>
          {deployment.error ? (
            <Alert color="reject" role="alert" title="This page may be out of date">
              {deployment.error.message}
            </Alert>
          ) : null}
          <ChangesSection project={project} deployment={data} />
          {data.deployable ? <JobSection project={project} deployment={data} /> : null}
          <TimelineSection project={project} deployment={data} />
        </div>
      </div>
    </>
  )
}

/** A status that changes while somebody reads is said. */
function useAnnouncedStatus(deployment: DeploymentExtended | undefined): void {
  const before = useRef<string | undefined>(undefined)
  const said = deployment && `${deployment.status}, ${deployment.pending_approval_count} approvals missing`
  useEffect(() => {
    if (before.current !== undefined && said !== undefined && said !== before.current) {
      announce(`The deployment is now ${said}.`)
    }
    before.current = said
  }, [said])
}
