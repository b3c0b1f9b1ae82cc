/**
 * Every page of a project: its address below `/:project/-/`, its code, and its place in the navigation. To add a page, add a line
 * here; the component gets the project and the parameters of its address.
 */
import { IconFolder, IconHistory, IconRocket, IconSettings, IconStack2 } from '@tabler/icons-react'
import type { ComponentType } from 'react'
import type { Project } from '../../../contract/project-entities.ts'
import { lazyPage } from '../../components/lazy-page.tsx'
import type { NavigationGroup } from '../../shell/side-nav.tsx'

export interface ProjectPageProps {
  readonly project: Project
  /** What the parts of the address that begin with a colon are. */
  readonly params: Readonly<Record<string, string | undefined>>
}

export interface ProjectPage {
  /** Below `/:project/-`, for react-router's matchPath; empty for the project's home. */
  readonly path: string
  readonly Page: ComponentType<ProjectPageProps>
  /** Of the page in the navigation that this one belongs to. */
  readonly section: string
}

export const projectPages: readonly ProjectPage[] = [
  {
    path: '',
    section: 'home',
    Page: lazyPage(async () => ({ default: (await import('./project-home-page.tsx')).ProjectHomePage })),
  },
  {
    path: '/environments',
    section: 'environments',
    Page: lazyPage(async () => ({ default: (await import('../environments/environments-page.tsx')).EnvironmentsPage })),
  },
  {
    path: '/environments/:environmentId',
    section: 'environments',
    Page: lazyPage(async () => ({ default: (await import('../environments/environment-page.tsx')).EnvironmentPage })),
  },
  {
    path: '/deployments/:deploymentId',
    section: 'environments',
    Page: lazyPage(async () => ({ default: (await import('../deployment/deployment-page.tsx')).DeploymentPage })),
  },
  {
    path: '/pipelines',
    section: 'pipelines',
    Page: lazyPage(async () => ({ default: (await import('../pipelines/pipelines-page.tsx')).PipelinesPage })),
  },
  {
    path: '/pipelines/new',
    section: 'pipelines',
    Page: lazyPage(async () => ({ default: (await import('../pipelines/new-pipeline-page.tsx')).NewPipelinePage })),
  },
  {
    path: '/pipelines/:pipelineId',
    section: 'pipelines',
    Page: lazyPage(async () => ({ default: (await import('../pipelines/pipeline-page.tsx')).PipelinePage })),
  },
  {
    path: '/ci/lint',
    section: 'pipelines',
    Page: lazyPage(async () => ({ default: (await import('../pipelines/lint-page.tsx')).LintPage })),
  },
  {
    path: '/jobs/:jobId',
    section: 'pipelines',
    Page: lazyPage(async () => ({ default: (await import('../jobs/job-page.tsx')).JobPage })),
  },
  {
    path: '/audit_events',
    section: 'audit',
    Page: lazyPage(async () => ({ default: (await import('../audit/project-audit-page.tsx')).ProjectAuditPage })),
  },
  {
    path: '/settings/*',
    section: 'settings',
    Page: lazyPage(async () => ({ default: (await import('../settings/project-settings.tsx')).ProjectSettings })),
  },
]

/** The navigation beside a project's pages. */
export const projectNavigation: readonly NavigationGroup[] = [
  { label: null, entries: [{ section: 'home', label: 'Project', icon: IconFolder, path: '' }] },
  {
    label: 'Deployments',
    entries: [{ section: 'environments', label: 'Environments', icon: IconStack2, path: '/environments' }],
  },
  {
    label: 'Build',
    entries: [{ section: 'pipelines', label: 'Pipelines', icon: IconRocket, path: '/pipelines' }],
  },
  {
    label: 'Manage',
    entries: [
      { section: 'audit', label: 'Audit events', icon: IconHistory, path: '/audit_events' },
      { section: 'settings', label: 'Settings', icon: IconSettings, path: '/settings' },
    ],
  },
]
