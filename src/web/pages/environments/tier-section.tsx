import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import {
  type EnvironmentFolder,
  type EnvironmentOverview,
  listEnvironmentOverview,
} from '../../../contract/environment-overview.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { queryAll } from '../../api/query.ts'
import { QueryState } from '../../components/page-state.tsx'
import { RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import type { TierGroup } from './by-tier.ts'
import { EnvironmentRow } from './environment-row.tsx'
import classes from './environments.module.css'
import { useJobActions } from './use-job-actions.ts'

interface TierSectionProps extends TierGroup {
  readonly project: Project
  readonly state: 'available' | 'stopped'
}

/** The environments and folders of one tier. */
export function TierSection({ project, state, tier, environments, folders }: TierSectionProps) {
  return (
    <Section title={`${tier[0]?.toUpperCase()}${tier.slice(1)}`}>
      {environments.length > 0 ? (
        <Rows project={project} environments={environments} label={`${tier} environments`} />
      ) : null}
      {folders.map((folder) => (
        <Folder key={folder.name} project={project} folder={folder} state={state} />
      ))}
    </Section>
  )
}

interface RowsProps {
  readonly project: Project
  readonly environments: readonly EnvironmentOverview[]
  readonly label: string
}

function Rows({ project, environments, label }: RowsProps) {
  const deployments = environments.flatMap((environment) => environment.last_deployment ?? [])
  const actions = useJobActions(project.id, deployments)
  return (
    <RowList label={label}>
      {environments.map((environment) => (
        <EnvironmentRow
          key={environment.id}
          project={project}
          environment={environment}
          actions={actions(environment.last_deployment)}
        />
      ))}
    </RowList>
  )
}

interface FolderProps {
  readonly project: Project
  readonly folder: EnvironmentFolder
  readonly state: 'available' | 'stopped'
}

/** A folder such as `review/`, read when it is opened. */
function Folder({ project, folder, state }: FolderProps) {
  const [open, setOpen] = useState(false)
  const environments = useQuery({
    ...queryAll(listEnvironmentOverview, {
      id: project.id,
      state,
      folder: folder.name,
      tier: folder.tier,
      per_page: 100,
    }),
    enabled: open,
  })
  return (
    <details className={classes.folder} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span className={classes.folderName}>{folder.name}/</span>
        <span className={classes.dimmed}>
          {folder.size} {folder.size === 1 ? 'environment' : 'environments'}
        </span>
        {folder.blocked > 0 ? <StatusBadge status="blocked" /> : null}
      </summary>
      {open ? (
        <QueryState query={environments} label={`Environments in ${folder.name}`}>
          {(items) => <Rows project={project} environments={items} label={`Environments in ${folder.name}`} />}
        </QueryState>
      ) : null}
    </details>
  )
}
