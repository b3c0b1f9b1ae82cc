/** Things as GitLab's webhooks describe them, which differs from its API (GitLab docs, Webhook events). */
import type { HookPerson, HookProject } from '../db/webhook-facts.ts'
import type { HookPayload } from '../domain/webhook.ts'
import { type Commit, commitTitle } from '../git/commit-object.ts'
import type { App } from './context.ts'

const visibilityLevels = { private: 0, internal: 10, public: 20 } as const

export function webUrl(app: App, fullPath: string): string {
  return `${app.externalUrl}/${fullPath}`
}

/** There is no SSH here: what GitLab fills with SSH addresses is empty or the address over HTTP. */
export function projectAttrs(app: App, project: HookProject, options: { backward: boolean } = { backward: true }) {
  const url = webUrl(app, project.full_path)
  return {
    id: project.id,
    name: project.name,
    description: project.description,
    web_url: url,
    avatar_url: null,
    git_ssh_url: '',
    git_http_url: `${url}.git`,
    namespace: project.namespace_name,
    visibility_level: visibilityLevels[project.visibility],
    path_with_namespace: project.full_path,
    default_branch: project.default_branch,
    ci_config_path: project.ci_config_path,
    ...(options.backward ? { homepage: url, url: `${url}.git`, ssh_url: '', http_url: `${url}.git` } : {}),
  } satisfies HookPayload
}

/** The older description of a project that push and job events still carry. */
export function repositoryAttrs(app: App, project: HookProject) {
  const { name, description, git_http_url, git_ssh_url, visibility_level, web_url } = projectAttrs(app, project)
  return {
    name,
    url: git_http_url,
    description,
    homepage: web_url,
    git_http_url,
    git_ssh_url,
    visibility_level,
  } satisfies HookPayload
}

/** Email addresses are told only where the person made them public. */
export function userAttrs(user: Pick<HookPerson, 'id' | 'name' | 'username' | 'profile'>) {
  const email = user.profile['public_email'] || '[REDACTED]'
  return { id: user.id, name: user.name, username: user.username, avatar_url: null, email } satisfies HookPayload
}

export function commitAttrs(app: App, project: HookProject, commit: Commit) {
  return {
    id: commit.sha,
    message: commit.message,
    title: commitTitle(commit.message),
    timestamp: commit.committer.date,
    url: `${webUrl(app, project.full_path)}/-/commit/${commit.sha}`,
    author: { name: commit.author.name, email: commit.author.email },
  } satisfies HookPayload
}

/** `2016-08-12 15:23:28 UTC`, as Rails writes it. */
export function railsTime(date: Date | string | null): string | null {
  if (date === null) return null
  return `${new Date(date).toISOString().slice(0, 19).replace('T', ' ')} UTC`
}

/** Seconds between two moments; null while one of them has not come. */
export function secondsBetween(from: Date | string | null, to: Date | string | null): number | null {
  if (from === null || to === null) return null
  return Math.max(new Date(to).getTime() - new Date(from).getTime(), 0) / 1000
}
