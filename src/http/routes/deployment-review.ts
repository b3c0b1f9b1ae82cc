/** What somebody looks at before they decide about a deployment. */
import { variableNames } from '../../app/job-definition.ts'
import type { DeploymentJob } from '../../contract/deployment-review.ts'
import * as contract from '../../contract/deployment-review.ts'
import type { InputOf } from '../../contract/operation.ts'
import { deploymentTimeline } from '../../db/deployment-review.ts'
import { type DeploymentRow, findDeployment } from '../../db/deployment-rows.ts'
import { type JobContext, jobContext } from '../../db/job-context.ts'
import { deploymentFacts } from '../../db/job-facts.ts'
import { findJobRow } from '../../db/job-rows.ts'
import { refuse } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, type Route, type SignedInCall } from '../call.ts'
import { type FoundProject, projectFor } from '../find.ts'
import { presentDeploymentChanges } from '../present/deployment-changes.ts'
import { presentUserBasic } from '../present/user.ts'

const notFound: Refusal = { code: 'not_found', what: null }

export const deploymentReviewRoutes: Route[] = [
  implement(contract.deploymentChanges, async (call) => {
    const found = await deploymentFor(call)
    if (!found.ok) return found
    const { project, standing, row } = found.value
    const refusal = refuse(call.actor, 'download_code', standing, 'Project')
    if (refusal) return err(refusal)
    return ok(await presentDeploymentChanges(call.app, project, row))
  }),

  implement(contract.deploymentJob, async (call) => {
    const { app, actor } = call
    const found = await deploymentFor(call)
    if (!found.ok) return found
    const { project, standing, row } = found.value
    // The script is part of the repository.
    const refusal =
      refuse(actor, 'read_job', standing, 'Project') ?? refuse(actor, 'download_code', standing, 'Project')
    if (refusal) return err(refusal)
    if (row.job_id === null) return err(notFound)
    const [context, job] = await Promise.all([
      jobContext(app.db, row.job_id),
      findJobRow(app.db, project.id, row.job_id),
    ])
    if (!context || !job) return err(notFound)
    const developer = refuse(actor, 'read_variables_of_pipeline', standing, 'Project') === null
    const all = developer || (await decides(call, row))
    const variables = await variableNames(app.db, context, all)
    return ok({ ...presentDefinition(context, job.status), variables, variables_hidden: !all })
  }),

  implement(contract.deploymentTimeline, async (call) => {
    const { app } = call
    const found = await deploymentFor(call)
    if (!found.ok) return found
    const entries = await deploymentTimeline(app.db, found.value.row.id)
    return ok(
      entries.map(({ at, person, ...entry }) => ({
        ...entry,
        at: at.toISOString(),
        user: person && presentUserBasic(app, person),
      })),
    )
  }),
]

type OneDeployment =
  | typeof contract.deploymentChanges
  | typeof contract.deploymentJob
  | typeof contract.deploymentTimeline

async function deploymentFor(call: {
  readonly app: SignedInCall<OneDeployment>['app']
  readonly actor: SignedInCall<OneDeployment>['actor']
  readonly input: InputOf<OneDeployment>
}): Promise<Result<FoundProject & { readonly row: DeploymentRow }, Refusal>> {
  const found = await projectFor(call, 'read_deployment')
  if (!found.ok) return found
  const row = await findDeployment(call.app.db, found.value.project.id, call.input.deployment_id)
  return row ? ok({ ...found.value, row }) : err(notFound)
}

/** Whoever fits a rule must see what they decide about (threat T13). */
async function decides({ app, actor }: Pick<SignedInCall<OneDeployment>, 'app' | 'actor'>, row: DeploymentRow) {
  const found = await deploymentFacts(app.db, row.id, actor.userId)
  return found !== null && found.eligible.length > 0
}

function presentDefinition(job: JobContext, status: string): Omit<DeploymentJob, 'variables' | 'variables_hidden'> {
  const { plan } = job
  return {
    id: job.id,
    name: job.name,
    stage: job.stage,
    status,
    script: [...plan.script],
    after_script: [...plan.afterScript],
    image: plan.image?.name ?? null,
    services: plan.services.map((service) => service.name),
    tag_list: plan.tags.toSorted(),
    timeout: job.timeout,
    resource_group: plan.resourceGroup,
  }
}
