import { expect, it } from 'vitest'
import { rewriteArtifactUrl } from '../../src/http/artifact-urls.ts'

const project = '/api/v4/projects/g%2Fp/jobs'

it.each([
  [`${project}/7/artifacts`, `${project}/7/artifacts`],
  [`${project}/7/artifacts/a.txt`, `${project}/7/artifacts/a.txt`],
  [`${project}/7/artifacts/a/b%20c.txt?x=/y`, `${project}/7/artifacts/a%2Fb%20c.txt?x=/y`],
  [`${project}/7/artifacts/../../x`, `${project}/7/artifacts/..%2F..%2Fx`],
  [`${project}/7/artifacts/keep`, `${project}/7/artifacts/keep`],
  [`${project}/artifacts/main/download?job=a`, `${project}/artifacts/main/download?job=a`],
  [`${project}/artifacts/feature/x/download?job=a/b`, `${project}/artifacts/feature%2Fx/download?job=a/b`],
  [`${project}/artifacts/feature/x/raw/a/b.txt?job=a`, `${project}/artifacts/feature%2Fx/raw/a%2Fb.txt?job=a`],
  [`${project}/artifacts/raw/raw/raw/b`, `${project}/artifacts/raw%2Fraw/raw/b`],
  ['/api/v4/projects/1/jobs', '/api/v4/projects/1/jobs'],
])('%s', (url, rewritten) => {
  expect(rewriteArtifactUrl(url)).toBe(rewritten)
})
