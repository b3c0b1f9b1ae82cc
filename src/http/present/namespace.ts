/** Namespaces as the API shows them inside other things. */
import type { z } from 'zod'
import type { App } from '../../app/context.ts'
import type { namespaceBasic } from '../../contract/entities.ts'

export interface NamespaceRow {
  readonly id: number
  readonly name: string
  readonly path: string
  readonly kind: 'group' | 'user'
  readonly full_path: string
  readonly parent_id: number | null
}

export function presentNamespaceBasic(app: App, namespace: NamespaceRow): z.output<typeof namespaceBasic> {
  return {
    id: namespace.id,
    name: namespace.name,
    path: namespace.path,
    kind: namespace.kind,
    full_path: namespace.full_path,
    parent_id: namespace.parent_id,
    avatar_url: null,
    web_url: namespaceUrl(app, namespace),
  }
}

/** Groups have their page below /groups, as in GitLab. */
export function namespaceUrl(
  app: App,
  namespace: { readonly kind: 'group' | 'user'; readonly full_path: string },
): string {
  return `${app.externalUrl}/${namespace.kind === 'group' ? 'groups/' : ''}${namespace.full_path}`
}
