/** Commits as the API shows them. */
import type { App } from '../../app/context.ts'
import type { Commit as CommitEntity } from '../../contract/entities.ts'
import type { CommitDetail } from '../../contract/repository-entities.ts'
import { newestPipelineOf } from '../../db/commit-pipelines.ts'
import type { Project } from '../../db/projects.ts'
import { type Actor, refuse, type Standing } from '../../domain/access.ts'
import { type Commit, commitTitle } from '../../git/commit-object.ts'
import { commitStats } from '../../git/log.ts'
import { presentPipelineBasic } from './pipeline.ts'

/** @param projectPath full path of the project, for the link */
export function presentCommit(app: App, projectPath: string, commit: Commit): CommitEntity {
  const trailers = trailersOf(commit.message)
  return {
    id: commit.sha,
    short_id: commit.sha.slice(0, 8),
    created_at: withMilliseconds(commit.committer.date),
    parent_ids: [...commit.parents],
    title: commitTitle(commit.message),
    message: commit.message,
    author_name: commit.author.name,
    author_email: commit.author.email,
    authored_date: withMilliseconds(commit.author.date),
    committer_name: commit.committer.name,
    committer_email: commit.committer.email,
    committed_date: withMilliseconds(commit.committer.date),
    trailers: Object.fromEntries(trailers),
    extended_trailers: Object.fromEntries(
      [...Map.groupBy(trailers, ([key]) => key)].map(([key, found]) => [key, found.map(([, value]) => value)]),
    ),
    web_url: `${app.externalUrl}/${projectPath}/-/commit/${commit.sha}`,
  }
}

/** One commit with its newest pipeline, where the caller may see pipelines, and with its line counts when `stats` asks for them. */
export async function presentCommitDetail(
  app: App,
  { project, standing }: { readonly project: Project; readonly standing: Standing },
  commit: Commit,
  asked: { readonly actor: Actor | null; readonly stats: boolean },
): Promise<CommitDetail> {
  const mayRead = refuse(asked.actor, 'read_pipeline', standing, 'Project') === null
  const [pipeline, stats] = await Promise.all([
    mayRead ? newestPipelineOf(app.db, project.id, commit.sha) : null,
    asked.stats ? commitStats(app.repositories.open(project.id), [commit]) : null,
  ])
  const counts = stats?.get(commit.sha)
  return {
    ...presentCommit(app, project.full_path, commit),
    ...(counts ? { stats: { ...counts } } : {}),
    status: pipeline?.status ?? null,
    project_id: project.id,
    last_pipeline: pipeline && presentPipelineBasic(app, pipeline),
  }
}

/** GitLab keeps the offset of the person's clock and adds milliseconds. */
export function withMilliseconds(date: string): string {
  return date.replace(/(T\d{2}:\d{2}:\d{2})(?!\.)/, '$1.000')
}

/** `Key: value` lines of the last paragraph, when all of it looks like that (git-interpret-trailers). */
function trailersOf(message: string): [string, string][] {
  const paragraphs = message.trimEnd().split(/\n[ \t]*\n/)
  if (paragraphs.length < 2) return []
  const lines = (paragraphs.at(-1) ?? '').replaceAll(/\n[ \t]+/g, ' ').split('\n')
  const found = lines.map((line) => /^([A-Za-z0-9-]+):[ \t]*(.*)$/.exec(line))
  if (found.some((match) => match === null)) return []
  return found.map((match) => [match?.[1] ?? '', (match?.[2] ?? '').trim()])
}
