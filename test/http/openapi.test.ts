/** The API description: made from the operations, complete, and equal to the file that is checked in. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openApiFile } from '../../scripts/generate.ts'
import { pathParameters } from '../../src/contract/operation.ts'
import { routes } from '../../src/http/routes/index.ts'

const operations = routes.map((route) => route.operation)

describe('operations', () => {
  it('have unique ids, and unique verbs per path', () => {
    const ids = operations.map((operation) => operation.id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    const calls = operations.map(({ method, path }) => `${method} ${path.replaceAll(/:\w+/g, ':')}`)
    expect(calls.filter((call, index) => calls.indexOf(call) !== index)).toEqual([])
  })

  it('declare every parameter that their path names', () => {
    const missing = operations.flatMap((operation) =>
      pathParameters(operation.path)
        .filter((name) => !(name in operation.params.shape))
        .map((name) => `${operation.id}: ${name}`),
    )
    expect(missing).toEqual([])
  })
})

describe('docs/openapi.json', () => {
  it('is what the operations say (to renew it: node_modules/.bin/node scripts/generate.ts)', () => {
    const checkedIn = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'openapi.json'), 'utf8')
    expect(checkedIn === openApiFile(), 'docs/openapi.json is not up to date').toBe(true)
  })
})
