/** Filters that the lists of projects have in common. */
import { z } from 'zod'
import { bool, dateTime, int, oneOf, paging, text } from './values.ts'

export const projectFilters = {
  archived: bool().optional(),
  visibility: oneOf(['private', 'internal', 'public']).optional(),
  search: text({ max: 255 }).optional(),
  search_namespaces: bool().optional(),
  owned: bool().optional(),
  membership: bool().optional(),
  min_access_level: int()
    .pipe(z.literal([5, 10, 15, 20, 30, 40, 50]))
    .optional(),
  simple: bool().optional(),
  last_activity_after: dateTime().optional(),
  last_activity_before: dateTime().optional(),
  order_by: oneOf(['id', 'name', 'path', 'created_at', 'updated_at', 'last_activity_at', 'similarity']).default(
    'created_at',
  ),
  sort: oneOf(['asc', 'desc']).default('desc'),
  ...paging,
}
