/** A pipeline that runners which work by themselves have run to its end. */
import type { JobEntity } from '../../src/contract/jobs.ts'
import { type DeploymentWorld, type Pushed, push } from './deployment-world.ts'
import { jobCalled, jobEnd, pipelineEnd, readable } from './job-watch.ts'

export interface PlayedPipeline extends Pushed {
  readonly status: string
  /** The log of a job, as somebody reads it. */
  readonly said: (job: string) => Promise<string>
  readonly job: (name: string) => Promise<JobEntity>
}

/** Pushes a `.gitlab-ci.yml` (and more files, by path) as the developer, and waits for the end of its pipeline. */
export async function play(
  world: DeploymentWorld,
  file: string,
  files: Readonly<Record<string, string>> = {},
): Promise<PlayedPipeline> {
  const pushed = await push(world, file, world.developer, files)
  const status = await pipelineEnd(world, pushed.pipelineId, 60_000)
  return {
    ...pushed,
    status,
    said: async (name) => readable((await jobEnd(world, pushed.pipelineId, name)).log),
    job: (name) => jobCalled(world, pushed.pipelineId, name),
  }
}
