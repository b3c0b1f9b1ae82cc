/** Settings: every problem at once, every default, and the README's table. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readConfig } from '../../src/config.ts'

const root = join(import.meta.dirname, '..', '..')

describe('readConfig', () => {
  it('needs no variable at all', () => {
    const config = readConfig({})
    expect(config.ok && config.value).toMatchObject({
      port: 8080,
      host: '127.0.0.1',
      databaseUrl: null,
      objectStore: null,
      externalUrl: null,
      rootPassword: null,
      rootToken: null,
      builtinRunners: 0,
      logLevel: 'info',
    })
  })

  it('takes every variable, and an empty one as absent', () => {
    const config = readConfig({
      PORT: '9000',
      HOST: '0.0.0.0',
      COUNTERSIGN_DATA_DIR: '/srv/data',
      DATABASE_URL: 'postgres:///db?host=/run/postgresql',
      COUNTERSIGN_OBJECT_STORE_URL: 's3://key:secret@store.example.com/bucket',
      COUNTERSIGN_EXTERNAL_URL: 'https://deploy.example.com/',
      COUNTERSIGN_ROOT_PASSWORD: 'long enough',
      COUNTERSIGN_ROOT_TOKEN: 'glpat-0123456789abcdef',
      COUNTERSIGN_BUILTIN_RUNNERS: '',
      COUNTERSIGN_LOG_LEVEL: 'warn',
    })
    expect(config.ok && config.value).toMatchObject({
      port: 9000,
      dataDir: '/srv/data',
      objectStore: { endpoint: 'https://store.example.com', bucket: 'bucket' },
      externalUrl: 'https://deploy.example.com',
      builtinRunners: 0,
      logLevel: 'warn',
    })
  })

  it('lists every problem, each naming its variable, and never repeats a secret', () => {
    const config = readConfig({
      PORT: '80a',
      COUNTERSIGN_BUILTIN_RUNNERS: '-1',
      DATABASE_URL: 'mysql://user:hunter2@host/db',
      COUNTERSIGN_OBJECT_STORE_URL: 's3://key:hunter2@store.example.com',
      COUNTERSIGN_EXTERNAL_URL: 'https://example.com/countersign',
      COUNTERSIGN_ROOT_PASSWORD: 'short',
      COUNTERSIGN_ROOT_TOKEN: 'sesame',
      COUNTERSIGN_LOG_LEVEL: 'loud',
    })
    const problems = config.ok ? [] : config.error
    const named = problems.map((problem) => problem.split(' ')[0])
    expect(named.toSorted((a, b) => (a && b && a < b ? -1 : 1))).toEqual([
      'COUNTERSIGN_BUILTIN_RUNNERS',
      'COUNTERSIGN_EXTERNAL_URL',
      'COUNTERSIGN_LOG_LEVEL',
      'COUNTERSIGN_OBJECT_STORE_URL',
      'COUNTERSIGN_ROOT_PASSWORD',
      'COUNTERSIGN_ROOT_TOKEN',
      'DATABASE_URL',
      'PORT',
    ])
    expect(problems.join('\n')).not.toMatch(/hunter2|short|sesame/)
  })
})

describe("the README's table", () => {
  it('has exactly the variables that are read', () => {
    const source = readFileSync(join(root, 'src', 'config.ts'), 'utf8')
    const read = new Set([...source.matchAll(/(?:text|integer)\('([A-Z_]+)'/g)].map((match) => match[1]))
    const readme = readFileSync(join(root, 'README.md'), 'utf8')
    const documented = new Set([...readme.matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]))
    expect(documented).toEqual(read)
  })
})
