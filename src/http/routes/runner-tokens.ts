/** Making runners, and what a runner does with its own token (reference gitlab-ci-and-runner.md D2). */
import { forgetManager, removeRunner, replaceRunnerToken, runnerAuthor } from '../../app/change-runner-token.ts'
import { type CreatedRunner, createRunner, registerRunner } from '../../app/create-runner.ts'
import * as contract from '../../contract/runners.ts'
import type { RegistrationOwner } from '../../db/registration-tokens.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { noteContact, plainText, runnerFor, runnerToken } from '../runner-auth.ts'

export const runnerTokenRoutes: Route[] = [
  implement(contract.createUserRunner, async ({ app, input, actor }) => {
    const owner = ownerOf(input)
    if (!owner.ok) return owner
    const made = await createRunner(app, actor, owner.value, {
      description: input.description ?? null,
      maintenanceNote: input.maintenance_note ?? null,
      paused: input.paused,
      locked: input.locked,
      runUntagged: input.run_untagged,
      accessLevel: input.access_level,
      maximumTimeout: input.maximum_timeout ?? null,
      tags: [...new Set(input.tag_list)],
    })
    return made.ok ? ok(presentCredentials(made.value)) : made
  }),

  implementOpen(contract.registerRunner, async ({ app, input, request }) => {
    if (!input.token) return err({ code: 'invalid_parameter', sentence: 'token is missing' })
    const made = await registerRunner(
      app,
      { token: input.token, ip: request.ip },
      {
        description: input.description ?? null,
        maintenanceNote: input.maintenance_note ?? null,
        paused: input.paused ?? false,
        locked: input.locked ?? false,
        runUntagged: input.run_untagged ?? true,
        accessLevel: input.access_level ?? 'not_protected',
        // GitLab Runner sends 0 for "no limit".
        maximumTimeout: input.maximum_timeout || null,
        tags: input.tag_list ?? [],
      },
    )
    return made.ok ? ok(presentCredentials(made.value)) : made
  }),

  implementOpen(contract.verifyRunner, async ({ app, input, request }) => {
    const runner = await runnerFor(app, request, input)
    if (!runner.ok) return runner
    await noteContact(app, request, runner.value, input)
    return ok(presentCredentials({ id: runner.value.id, token: runnerToken(request, input) }))
  }),

  implementOpen(contract.deleteRunnerByToken, async ({ app, input, request }) => {
    const runner = await runnerFor(app, request, input)
    return runner.ok ? removeRunner(app, runner.value, runnerAuthor(runner.value, request.ip)) : runner
  }),

  implementOpen(contract.deleteRunnerManager, async ({ app, input, request }) => {
    const runner = await runnerFor(app, request, input)
    if (!runner.ok) return runner
    if (!input.system_id) return err({ code: 'invalid_parameter', sentence: 'system_id is missing' })
    return forgetManager(app, runner.value.id, plainText(input.system_id))
  }),

  implementOpen(contract.resetRunnerToken, async ({ app, input, request }) => {
    const runner = await runnerFor(app, request, input)
    if (!runner.ok) return runner
    const token = await replaceRunnerToken(app, runner.value, runnerAuthor(runner.value, request.ip))
    return token.ok ? ok({ token: token.value, token_expires_at: null }) : token
  }),
]

/** Runner tokens never expire here: a runner would otherwise have to renew them in time. */
function presentCredentials({ id, token }: CreatedRunner) {
  return { id, token, token_expires_at: null }
}

function ownerOf(input: {
  readonly runner_type: RegistrationOwner['type']
  readonly group_id?: number | undefined
  readonly project_id?: number | undefined
}): Result<RegistrationOwner, Refusal> {
  if (input.runner_type === 'instance_type') return ok({ type: 'instance_type', id: null })
  const [name, id] =
    input.runner_type === 'group_type'
      ? (['group_id', input.group_id] as const)
      : (['project_id', input.project_id] as const)
  if (id === undefined) return err({ code: 'invalid_parameter', sentence: `${name} is missing` })
  return ok({ type: input.runner_type, id })
}
