/** The values of a form that are not what they were: what stays is not sent, because not everybody may change everything. */
export function changed<T extends object>(before: T, after: T): Partial<T> {
  const fields = Object.keys(after) as (keyof T)[]
  const different = fields.filter((field) => after[field] !== before[field]).map((field) => [field, after[field]])
  return Object.fromEntries(different) as Partial<T>
}
