import { describe, expect, it } from 'vitest'
import { type Actor, roles } from '../../src/domain/access.ts'
import { artifactFilename, isPathInside, refuseArtifacts } from '../../src/domain/artifact.ts'

const person: Actor = {
  userId: 1,
  username: 'p',
  name: 'P',
  isAdmin: false,
  credential: { kind: 'session', id: 1 },
  ip: null,
}

describe('who may download artifacts', () => {
  it.each([
    ['all', null, 0, true],
    ['all', person, roles.guest, true],
    ['developer', person, roles.reporter, false],
    ['developer', person, roles.developer, true],
    ['developer', null, 0, false],
    ['maintainer', person, roles.developer, false],
    ['maintainer', person, roles.maintainer, true],
    ['maintainer', { ...person, isAdmin: true }, 0, true],
    ['none', person, roles.owner, false],
    ['none', { ...person, isAdmin: true }, roles.owner, false],
  ] as const)('%s', (access, actor, role, allowed) => {
    expect(refuseArtifacts(actor, { role, visibility: 'private' }, access) === null).toBe(allowed)
  })
})

it.each([
  ['artifacts.zip', 'artifacts.zip'],
  ['../../etc/passwd', 'passwd'],
  ['C:\\temp\\a.zip', 'a.zip'],
  ['a"b\r\nc.zip', 'abc.zip'],
  ['..', 'fallback'],
  ['', 'fallback'],
  [undefined, 'fallback'],
  ['x'.repeat(300), 'x'.repeat(255)],
])('the file name %j is kept as %j', (sent, kept) => {
  expect(artifactFilename(sent, 'fallback')).toBe(kept)
})

it.each([
  ['a/b.txt', true],
  ['..a/b..', true],
  ['', false],
  ['/etc/passwd', false],
  ['a/../../b', false],
  ['..', false],
  ['./a', false],
  ['a\\b', false],
  ['a\0', false],
])('the path %j is inside: %s', (path, inside) => {
  expect(isPathInside(path)).toBe(inside)
})
