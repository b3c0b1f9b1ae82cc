/** Writes the generated files that are checked in. `node bin/run.mjs` has no task for it: the test that compares them says how. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openApiDocument } from '../src/http/openapi.ts'
import { routes } from '../src/http/routes/index.ts'
import { version } from '../src/version.ts'

/** The content of docs/openapi.json. */
export function openApiFile(): string {
  const operations = routes.map((route) => route.operation)
  return `${JSON.stringify(openApiDocument(operations, version), null, 1)}\n`
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, '..', 'docs', 'openapi.json'), openApiFile())
