/** Whose record a page shows, and how to ask for it. */
import {
  exportAuditEvents,
  groupAuditEvents,
  listAuditEvents,
  projectAuditEvents,
} from '../../../contract/audit-events.ts'
import { clientRequest } from '../../../contract/client-request.ts'
import { queryPage } from '../../api/query.ts'
import { startOfDay } from '../../components/time-zone.ts'

export type AuditPlace =
  | { readonly kind: 'project' | 'group'; readonly id: number }
  /** The whole server. */
  | { readonly kind: 'instance' }

/** What the page's address says, each empty when it says nothing. */
export interface AuditQuestion {
  /** A user's id; -1 for the server itself. */
  readonly author: string
  readonly event: string
  /** `YYYY-MM-DD`, the first and the last day. */
  readonly from: string
  readonly to: string
  readonly entityType: string
  readonly entityId: string
}

const entityTypes = ['User', 'Group', 'Project', 'Gitlab::Audit::InstanceScope'] as const

function filtersOf({ author, event, from, to }: AuditQuestion) {
  const [begin, end] = [startOfDay(from), startOfDay(dayAfter(to))]
  return {
    ...(/^-?\d+$/.test(author) ? { author_id: author } : {}),
    ...(event === '' ? {} : { event_name: event }),
    ...(begin ? { created_after: begin } : {}),
    // Both ends belong to what the API answers.
    ...(end ? { created_before: new Date(end.getTime() - 1) } : {}),
  }
}

function entityOf({ entityType, entityId }: AuditQuestion) {
  const type = entityTypes.find((each) => each === entityType)
  if (!type) return {}
  return { entity_type: type, ...(/^\d+$/.test(entityId) ? { entity_id: entityId } : {}) }
}

/** For `useQuery`: one page of what is asked for. */
export function auditQuery(place: AuditPlace, question: AuditQuestion, page: number) {
  const input = { ...filtersOf(question), page, per_page: 20 }
  if (place.kind === 'instance') return queryPage(listAuditEvents, { ...input, ...entityOf(question) })
  return queryPage((place.kind === 'project' ? projectAuditEvents : groupAuditEvents).list, { ...input, id: place.id })
}

/** The address that answers all of it as a file. */
export function exportAddress(place: AuditPlace, question: AuditQuestion, format: 'csv' | 'ndjson'): string {
  const input = { ...filtersOf(question), format }
  const { path, query } =
    place.kind === 'instance'
      ? clientRequest(exportAuditEvents, { ...input, ...entityOf(question) })
      : clientRequest((place.kind === 'project' ? projectAuditEvents : groupAuditEvents).export, {
          ...input,
          id: place.id,
        })
  return `/api/v4${path}?${query}`
}

function dayAfter(day: string): string {
  const time = Date.parse(`${day}T00:00:00Z`)
  return Number.isNaN(time) ? '' : new Date(time + 86_400_000).toISOString().slice(0, 10)
}
