/** An audit event in words. */
import type { AuditEvent } from '../../../contract/audit-events.ts'
import { deploymentPath, environmentPath, groupPath, jobPath, pipelinePath, projectPath } from '../../paths.ts'

/** "deployment_approved" is "Deployment approved". */
export function eventTitle(name: string): string {
  const words = name.replaceAll('_', ' ')
  return `${words[0]?.toUpperCase() ?? ''}${words.slice(1)}`
}

/** "ProtectedEnvironment" is "protected environment". */
export function kindTitle(type: string): string {
  return type
    .replace(/^.*::/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toLowerCase()
}

/** The page of what an event happened to; null for what has none. */
export function targetPath({ entity_type: entity, details }: AuditEvent): string | null {
  const { target_type: type, target_id: id, entity_path: path } = details
  const deployment = details['deployment_id']
  if (entity === 'Group' && path !== '') return groupPath(path)
  if (entity !== 'Project' || path === '') return null
  if (typeof deployment === 'number') return deploymentPath(path, deployment)
  if (id === null) return null
  if (type === 'Environment') return environmentPath(path, id)
  if (type === 'Deployment') return deploymentPath(path, id)
  if (type === 'Job') return jobPath(path, id)
  if (type === 'Pipeline') return pipelinePath(path, id)
  return type === 'Project' ? projectPath(path) : null
}

/** Fields that the page shows elsewhere. */
const shown = new Set([
  'author_name',
  'author_email',
  'author_class',
  'target_id',
  'target_type',
  'target_details',
  'ip_address',
  'entity_path',
  'change',
  'from',
  'to',
  'before',
  'after',
  'custom_message',
  'comment',
])

/** The event in one line, as far as it says more than its name. */
export function eventSentence({ details }: AuditEvent): string | null {
  const { change, from, to, custom_message: message, comment } = details
  if (typeof comment === 'string' && comment !== '') return `“${comment}”`
  if ('from' in details || 'to' in details) {
    if (isPlain(from) && isPlain(to)) {
      return `${typeof change === 'string' ? `${change}: ` : ''}${valueText(from)} → ${valueText(to)}`
    }
  }
  return typeof message === 'string' ? message : null
}

/** What there is to know beyond the line: differences first. */
export function eventFacts({ details }: AuditEvent): (readonly [label: string, value: string])[] {
  const { from, to, before, after } = details
  const differences = isPlain(from) && isPlain(to) ? [] : differencesOf(from, to)
  const rest = Object.entries(details)
    .filter(([key, value]) => !shown.has(key) && value !== null && value !== '')
    .map(([key, value]) => [eventTitle(key), valueText(value)] as const)
  return [...differences, ...differencesOf(before, after), ...rest]
}

function differencesOf(before: unknown, after: unknown): (readonly [string, string])[] {
  const [old, now] = [fieldsOf(before), fieldsOf(after)]
  const keys = new Set([...Object.keys(old), ...Object.keys(now)])
  return [...keys]
    .map((key) => [key, valueText(old[key]), valueText(now[key])] as const)
    .filter(([, from, to]) => from !== to)
    .map(([key, from, to]) => [eventTitle(key), arrow(before, after, from, to)] as const)
}

/** What was made or removed has one side only. */
function arrow(before: unknown, after: unknown, from: string, to: string): string {
  if (before === null || before === undefined) return to
  return after === null || after === undefined ? from : `${from} → ${to}`
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : {}
}

function isPlain(value: unknown): boolean {
  return value === null || typeof value !== 'object'
}

function valueText(value: unknown): string {
  if (value === null || value === undefined || value === '') return 'none'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'object' ? JSON.stringify(value) : `${value as string | number}`
}
