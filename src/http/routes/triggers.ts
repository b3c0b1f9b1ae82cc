/** Pipeline trigger tokens API. */
import { createTrigger, deleteTrigger, updateTrigger } from '../../app/change-trigger.ts'
import type { App } from '../../app/context.ts'
import { triggerPipeline } from '../../app/trigger-pipeline.ts'
import * as contract from '../../contract/triggers.ts'
import { findPipeline } from '../../db/pipeline-rows.ts'
import { findTrigger, type TriggerRow, triggerPage } from '../../db/triggers.ts'
import type { Actor } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { shortTriggerToken } from '../../domain/trigger-token.ts'
import { type Answer, type Call, implement, implementOpen, type Route } from '../call.ts'
import { projectFor } from '../find.ts'
import { mergedParams } from '../merged-params.ts'
import { mapPage } from '../pagination.ts'
import { presentPipeline } from '../present/pipeline.ts'
import { presentUserBasic } from '../present/user.ts'

const notFound: Refusal = { code: 'not_found', what: null }

export const triggerRoutes: Route[] = [
  implement(contract.listTriggers, async (call) => {
    const found = await projectFor(call, 'admin_triggers')
    if (!found.ok) return found
    const page = await triggerPage(call.app.db, found.value.project.id, call.input)
    return ok(mapPage(page, (row) => present(call.app, call.actor, row)))
  }),

  implement(contract.getTrigger, async (call) => {
    const found = await projectFor(call, 'admin_triggers')
    return found.ok ? answer(call, found.value.project.id, call.input.trigger_id) : found
  }),

  implement(contract.createTrigger, async (call) => {
    const found = await projectFor(call, 'admin_triggers')
    if (!found.ok) return found
    const { description, expires_at } = call.input
    const values = { description, expiresAt: expires_at ?? null }
    const made = await createTrigger(call.app, call.actor, found.value.project.id, values)
    return made.ok ? answer(call, found.value.project.id, made.value) : made
  }),

  implement(contract.updateTrigger, async (call) => {
    const found = await projectFor(call, 'admin_triggers')
    if (!found.ok) return found
    const { trigger_id: id, description } = call.input
    const projectId = found.value.project.id
    const changed = await updateTrigger(call.app, call.actor, { projectId, id }, description)
    return changed.ok ? answer(call, projectId, id) : changed
  }),

  implement(contract.deleteTrigger, async (call) => {
    const found = await projectFor(call, 'admin_triggers')
    if (!found.ok) return found
    return deleteTrigger(call.app, call.actor, { projectId: found.value.project.id, id: call.input.trigger_id })
  }),

  implementOpen(contract.triggerPipeline, run),
  implementOpen(contract.triggerPipelineOfRef, run),
]

async function run(call: Call<typeof contract.triggerPipeline>): Answer<typeof contract.triggerPipeline> {
  const { app, input, request } = call
  // A pipeline whose end starts a pipeline would never end (GitLab docs, "403 Forbidden when you trigger a pipeline with a webhook").
  if (request.headers['x-gitlab-event'] === 'Pipeline Hook') return err({ code: 'forbidden' })
  const variables = textual(input.variables)
  if (!variables) return err({ code: 'refused', sentence: 'variables needs to be a map of key-valued strings' })
  const { token: _, ...payload } = mergedParams(request)
  const made = await triggerPipeline(app, input.id, {
    token: input.token,
    ref: input.ref,
    variables,
    inputs: input.inputs,
    payload: JSON.stringify(payload),
    ip: request.ip,
  })
  if (!made.ok) return made
  const row = await findPipeline(app.db, made.value.projectId, made.value.id)
  return row ? ok(presentPipeline(app, row)) : err(notFound)
}

/** Null unless every value is text. */
function textual(variables: Readonly<Record<string, unknown>>): Record<string, string> | null {
  const entries = Object.entries(variables).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : []))
  return entries.length === Object.keys(variables).length ? Object.fromEntries(entries) : null
}

async function answer({ app, actor }: { readonly app: App; readonly actor: Actor }, projectId: number, id: number) {
  const row = await findTrigger(app.db, projectId, id)
  return row ? ok(present(app, actor, row)) : err(notFound)
}

function present(app: App, actor: Actor, row: TriggerRow) {
  return {
    id: row.id,
    token: maySeeToken(actor, row) ? row.token : shortTriggerToken(row.token),
    description: row.description,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    last_used: row.last_used?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
    owner: presentUserBasic(app, row.owner),
  }
}

/** A token that may only read must not lead to one that starts pipelines (threat T19). */
function maySeeToken({ userId, credential }: Actor, row: TriggerRow): boolean {
  if (row.owner_id !== userId) return false
  return credential.kind === 'session' || (credential.kind === 'token' && credential.scopes.includes('api'))
}
