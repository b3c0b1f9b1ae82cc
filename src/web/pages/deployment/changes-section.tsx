import { Alert, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ChangedFile, type DeploymentChanges, deploymentChanges } from '../../../contract/deployment-review.ts'
import type { DeploymentExtended } from '../../../contract/deployments.ts'
import type { Commit } from '../../../contract/entities.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { query } from '../../api/query.ts'
import { AppLink } from '../../components/app-link.tsx'
import { DiffLines } from '../../components/code-lines.tsx'
import { QueryState } from '../../components/page-state.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Section } from '../../components/section.tsx'
import { deploymentPath } from '../../paths.ts'
import classes from './changes.module.css'

interface ChangesSectionProps {
  readonly project: Project
  readonly deployment: DeploymentExtended
}

/** Commits, files and authors since the last successful deployment to the environment. */
export function ChangesSection({ project, deployment }: ChangesSectionProps) {
  const changes = useQuery(query(deploymentChanges, { id: project.id, deployment_id: deployment.id }))
  const environment = deployment.environment.name
  return (
    <Section title="What changes" padded>
      <QueryState query={changes} label="What changes">
        {(data) => (
          <div className={classes.changes}>
            <Since changes={data} project={project} environment={environment} />
            {data.problem ? null : <Lists changes={data} environment={environment} />}
          </div>
        )}
      </QueryState>
    </Section>
  )
}

interface SinceProps {
  readonly changes: DeploymentChanges
  readonly project: Project
  readonly environment: string
}

function Since({ changes, project, environment }: SinceProps) {
  const { previous, problem, authors } = changes
  if (problem) {
    return (
      <Alert color="reject" role="alert" title="What changes cannot be shown">
        {problem}
      </Alert>
    )
  }
  return (
    <Text size="sm">
      {previous ? (
        <>
          Since{' '}
          <AppLink to={deploymentPath(project.path_with_namespace, previous.id)} underline="always">
            deployment #{previous.iid}
          </AppLink>{' '}
          (<code>{previous.sha.slice(0, 8)}</code>
          {previous.finished_at ? (
            <>
              , <RelativeTime at={previous.finished_at} />
            </>
          ) : null}
          ), the last successful one to {environment}.
        </>
      ) : (
        `The first successful deployment to ${environment}: everything is new.`
      )}
      {authors.length > 0 ? ` By ${authorNames(authors)}.` : ''}
    </Text>
  )
}

function authorNames(authors: DeploymentChanges['authors']): string {
  const names = authors.slice(0, 5).map((author) => author.name)
  return new Intl.ListFormat('en').format(authors.length > 5 ? [...names, `${authors.length - 5} others`] : names)
}

function Lists({ changes, environment }: { readonly changes: DeploymentChanges; readonly environment: string }) {
  const { commits, removed_commits: removed, files } = changes
  if (commits.length === 0 && removed.length === 0 && files.length === 0) {
    return <Text c="dimmed">Nothing: {environment} runs this commit already.</Text>
  }
  return (
    <>
      {removed.length > 0 ? (
        <Alert color="orange" title={`${counted(removed.length, 'commit')} that ${environment} has will be gone`}>
          <CommitList commits={removed} />
        </Alert>
      ) : null}
      {commits.length > 0 ? (
        <div>
          <h3 className={classes.heading}>
            {changes.commits_truncated ? `More than ${commits.length} commits` : counted(commits.length, 'commit')}
          </h3>
          <CommitList commits={commits} />
        </div>
      ) : null}
      <div>
        <h3 className={classes.heading}>
          {counted(files.length, 'changed file')}
          {changes.files_truncated ? ', not all shown' : ''}
        </h3>
        <ul className={classes.list}>
          {files.map((file) => (
            <FileRow key={`${file.old_path}\0${file.new_path}`} file={file} />
          ))}
        </ul>
      </div>
    </>
  )
}

function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}

function CommitList({ commits }: { readonly commits: readonly Commit[] }) {
  return (
    <ul className={classes.list}>
      {commits.map((commit) => {
        const body = commit.message.trim().slice(commit.title.length).trim()
        return (
          <li key={commit.id} className={classes.commit}>
            <div>
              <Text span fw={500}>
                {commit.title}
              </Text>
              {body === '' ? null : <p className={classes.body}>{body}</p>}
              <Text size="sm" c="dimmed" component="div">
                {commit.author_name}, <RelativeTime at={commit.authored_date} />
              </Text>
            </div>
            <code title={commit.id}>{commit.short_id}</code>
          </li>
        )
      })}
    </ul>
  )
}

function FileRow({ file }: { readonly file: ChangedFile }) {
  const name = file.renamed_file ? `${file.old_path} → ${file.new_path}` : file.new_path
  const kind = file.new_file ? 'new' : file.deleted_file ? 'deleted' : file.renamed_file ? 'renamed' : null
  const head = (
    <>
      <span className={classes.path}>{name}</span>
      {kind ? <span className={classes.kind}>{kind}</span> : null}
      <LineCounts file={file} />
    </>
  )
  if (file.diff === '') {
    return (
      <li className={classes.file}>
        <div className={classes.plain}>{head}</div>
      </li>
    )
  }
  return (
    <li className={classes.file}>
      <details>
        <summary>{head}</summary>
        <DiffLines label={`Changes of ${file.new_path}`} diff={file.diff.replace(/\n$/, '')} />
      </details>
    </li>
  )
}

function LineCounts({ file }: { readonly file: ChangedFile }) {
  if (file.additions === null || file.deletions === null) return <span className={classes.kind}>too large to show</span>
  return (
    <span className={classes.counts}>
      <span className={classes.added}>+{file.additions}</span>{' '}
      <span className={classes.removed}>−{file.deletions}</span>
    </span>
  )
}
