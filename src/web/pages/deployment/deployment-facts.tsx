import { Anchor } from '@mantine/core'
import type { DeploymentExtended } from '../../../contract/deployments.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { AppLink } from '../../components/app-link.tsx'
import { CommitRef } from '../../components/commit-ref.tsx'
import { DataList } from '../../components/data-list.tsx'
import { jobOf } from '../../components/deployable.ts'
import { PersonLink } from '../../components/person-link.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Section } from '../../components/section.tsx'
import { environmentPath, jobPath, pipelinePath } from '../../paths.ts'

interface DeploymentFactsProps {
  readonly project: Project
  readonly deployment: DeploymentExtended
}

export function DeploymentFacts({ project, deployment }: DeploymentFactsProps) {
  const path = project.path_with_namespace
  const job = jobOf(deployment)
  const { environment } = deployment
  return (
    <Section title="Details" padded>
      <DataList
        items={[
          [
            'Environment',
            <AppLink key="e" to={environmentPath(path, environment.id)}>
              {environment.name}
            </AppLink>,
          ],
          ['Address', environment.external_url ? <ExternalLink url={environment.external_url} /> : null],
          [
            'Commit',
            <CommitRef key="c" sha={deployment.sha} refName={deployment.ref} isTag={job?.tag ?? false} copy />,
          ],
          ['Created by', deployment.user ? <PersonLink person={deployment.user} /> : 'somebody who was removed'],
          ['Created', <RelativeTime key="t" at={deployment.created_at} />],
          ['Pipeline', job ? <AppLink to={pipelinePath(path, job.pipelineId)}>#{job.pipelineId}</AppLink> : null],
          ['Job', job ? <AppLink to={jobPath(path, job.id)}>{job.name}</AppLink> : 'made by an external tool'],
          ['After approval', deployment.start === 'manual' ? 'somebody starts it' : 'starts by itself'],
        ]}
      />
    </Section>
  )
}

/** Only web addresses become links; anything else is shown as it is. */
function ExternalLink({ url }: { readonly url: string }) {
  if (!/^https?:\/\//i.test(url)) return url
  return (
    <Anchor href={url} target="_blank" rel="noreferrer noopener" inherit>
      {url.replace(/^https?:\/\//i, '')}
    </Anchor>
  )
}
