/** Addresses of pages, like GitLab's. A project or group is named by its full path. */

export const inboxPath = '/'
export const projectsPath = '/dashboard/projects'
export const groupsPath = '/dashboard/groups'
export const newProjectPath = '/projects/new'
export const newGroupPath = '/groups/new'
export const adminPath = '/admin'
export const adminUsersPath = '/admin/users'
export const adminUserPath = (id: number | 'new') => `${adminUsersPath}/${id}`
export const adminAuditPath = '/admin/audit_logs'
export const profilePath = '/profile'

export function projectPath(project: string, ...rest: (string | number)[]): string {
  return rest.length === 0 ? `/${project}` : `/${project}/-/${rest.map((part) => encodeURIComponent(part)).join('/')}`
}

export function groupPath(group: string, ...rest: string[]): string {
  return rest.length === 0 ? `/groups/${group}` : `/groups/${group}/-/${rest.map(encodeURIComponent).join('/')}`
}

export const environmentsPath = (project: string) => projectPath(project, 'environments')
export const environmentPath = (project: string, id: number) => projectPath(project, 'environments', id)
export const deploymentPath = (project: string, id: number) => projectPath(project, 'deployments', id)
export const pipelinePath = (project: string, id: number) => projectPath(project, 'pipelines', id)
export const jobPath = (project: string, id: number) => projectPath(project, 'jobs', id)
