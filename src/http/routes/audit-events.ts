/** Audit events API: of the instance, of groups and of projects. */
import type { FastifyRequest } from 'fastify'
import type { App } from '../../app/context.ts'
import * as contract from '../../contract/audit-events.ts'
import type { InputOf } from '../../contract/operation.ts'
import { type AuditFilter, findAuditEvent, listAuditEvents, newestAuditEvents } from '../../db/audit-list.ts'
import type { Actor } from '../../domain/access.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { exportAnswer } from '../audit-export.ts'
import { implement, type Knock, type Route } from '../call.ts'
import { forAdministrators, groupFor, projectFor } from '../find.ts'
import { keysetAnswer } from '../keyset.ts'
import { mapPage } from '../pagination.ts'
import { presentAuditEvent, serverAuthor } from '../present/audit-event.ts'

/** The events of the call's place that its caller may see: all, or only their own. */
type FilterOf = (call: Knock, which: 'all' | 'own') => Promise<Result<AuditFilter, Refusal>>

/** Where to look; `onlyBy` is the caller who may see only what they did themselves. */
type Place = Pick<AuditFilter, 'entityType' | 'entityId'> & { readonly onlyBy?: number }

type Filters = Pick<
  InputOf<typeof contract.listAuditEvents>,
  'created_after' | 'created_before' | 'author_id' | 'event_name'
>

export const auditEventRoutes: Route[] = [
  implement(contract.listAuditEvents, async ({ app, actor, input, request }) => {
    const place = ofInstance(actor, input)
    return place.ok ? list(app, request, place.value, input) : place
  }),

  implement(contract.exportAuditEvents, async ({ app, actor, input }) => {
    const place = ofInstance(actor, input)
    return place.ok ? ok(exportAnswer(app, filtered(place.value, input), input.format)) : place
  }),

  implement(contract.getAuditEvent, async ({ app, actor, input }) => {
    const refusal = forAdministrators(actor)
    return refusal ? err(refusal) : one(app, {}, input.id)
  }),

  ...routesOf(contract.projectAuditEvents, async (call, which) => {
    const found = await projectFor(call, which === 'all' ? 'read_audit_events' : 'read_own_audit_events')
    return found.ok ? ok({ entityType: 'Project', entityId: found.value.project.id }) : found
  }),
  ...routesOf(contract.groupAuditEvents, async (call, which) => {
    const found = await groupFor(call, which === 'all' ? 'read_group_audit_events' : 'read_own_group_audit_events')
    return found.ok ? ok({ entityType: 'Group', entityId: found.value.group.id }) : found
  }),
]

function routesOf(operations: typeof contract.projectAuditEvents, filterOf: FilterOf): Route[] {
  const seen = async (call: Knock & { readonly actor: Actor }): Promise<Result<Place, Refusal>> => {
    const all = await filterOf(call, 'all')
    if (all.ok) return all
    const own = await filterOf(call, 'own')
    return own.ok ? ok({ ...own.value, onlyBy: call.actor.userId }) : own
  }
  return [
    implement(
      operations.list,
      async (call) => {
        const place = await seen(call)
        return place.ok ? list(call.app, call.request, place.value, call.input) : place
      },
      { authorizeFirst: (knock) => filterOf(knock, 'own') },
    ),
    implement(
      operations.export,
      async (call) => {
        const place = await seen(call)
        if (!place.ok) return place
        return ok(exportAnswer(call.app, filtered(place.value, call.input), call.input.format))
      },
      { authorizeFirst: (knock) => filterOf(knock, 'own') },
    ),
    implement(
      operations.get,
      async (call) => {
        const all = await filterOf(call, 'all')
        return all.ok ? one(call.app, all.value, call.input.audit_event_id) : all
      },
      { authorizeFirst: (knock) => filterOf(knock, 'all') },
    ),
  ]
}

function ofInstance(
  actor: Actor,
  input: Pick<InputOf<typeof contract.exportAuditEvents>, 'entity_type' | 'entity_id'>,
): Result<Place, Refusal> {
  const refusal = forAdministrators(actor)
  if (refusal) return err(refusal)
  const { entity_type: type, entity_id: entityId } = input
  if (entityId !== undefined && type === undefined) {
    return err({ code: 'invalid_parameter', sentence: 'entity_type is missing' })
  }
  return ok({ entityType: type === 'Gitlab::Audit::InstanceScope' ? 'Instance' : type, entityId })
}

/** What the caller asks for, within what they may see. */
function filtered({ onlyBy, ...place }: Place, input: Filters): AuditFilter {
  const { author_id: asked, event_name: eventName } = input
  const authorId = asked === serverAuthor ? null : asked
  return {
    ...place,
    authorId: onlyBy ?? authorId,
    nothing: onlyBy !== undefined && authorId !== undefined && authorId !== onlyBy,
    eventName: eventName === '' ? undefined : eventName,
    createdAfter: input.created_after,
    createdBefore: input.created_before,
  }
}

async function list(
  app: App,
  request: FastifyRequest,
  place: Place,
  input: Omit<InputOf<typeof contract.listAuditEvents>, 'entity_type' | 'entity_id'>,
) {
  const filter = filtered(place, input)
  if (input.pagination !== 'keyset') return ok(mapPage(await listAuditEvents(app.db, filter, input), presentAuditEvent))
  const beforeId = idIn(input.cursor)
  if (beforeId === null) return err({ code: 'invalid_parameter', sentence: 'cursor is invalid' } as const)
  const rows = await newestAuditEvents(app.db, { ...filter, beforeId }, input.per_page + 1)
  const items = rows.slice(0, input.per_page)
  const last = rows.length > items.length ? items.at(-1) : undefined
  return ok(keysetAnswer(app, request, items.map(presentAuditEvent), last ? { cursor: cursorOf(last.id) } : null))
}

async function one(app: App, place: AuditFilter, id: number) {
  const row = await findAuditEvent(app.db, place, id)
  return row ? ok(presentAuditEvent(row)) : err({ code: 'not_found', what: 'Audit Event' } as const)
}

/** A cursor is opaque to clients: the id behind it may be something else one day. */
function cursorOf(id: number): string {
  return Buffer.from(JSON.stringify({ id })).toString('base64url')
}

/** The id in a cursor; undefined without one, null when it is none of ours. */
function idIn(cursor: string | undefined): number | undefined | null {
  if (cursor === undefined || cursor === '') return undefined
  const match = /^\{"id":(\d{1,15})\}$/.exec(Buffer.from(cursor, 'base64url').toString())
  return match ? Number(match[1]) : null
}
