/** The pages of pipelines and jobs, in the shape of the table of a project's pages (pages/project/project-pages.ts). */
import { lazy } from 'react'
import type { ProjectPage } from '../project/project-pages.ts'

export const ciPages: readonly ProjectPage[] = [
  {
    path: '/pipelines',
    section: 'pipelines',
    Page: lazy(async () => ({ default: (await import('../pipelines/pipelines-page.tsx')).PipelinesPage })),
  },
  {
    path: '/pipelines/new',
    section: 'pipelines',
    Page: lazy(async () => ({ default: (await import('../pipelines/new-pipeline-page.tsx')).NewPipelinePage })),
  },
  {
    path: '/pipelines/:pipelineId',
    section: 'pipelines',
    Page: lazy(async () => ({ default: (await import('../pipelines/pipeline-page.tsx')).PipelinePage })),
  },
  {
    path: '/jobs/:jobId',
    section: 'pipelines',
    Page: lazy(async () => ({ default: (await import('../jobs/job-page.tsx')).JobPage })),
  },
]
