import { describe, expect, test } from 'vitest'
import { parseObjectStoreUrl } from '../../src/domain/object-store-url.ts'

const parsed = (url: string, env: Record<string, string> = {}) => parseObjectStoreUrl(url, env)

describe('an address', () => {
  test('with everything in it', () => {
    expect(parsed('s3://key:se%2Fcr%2Bet@storage.example.com:9000/bucket/deep/er?region=eu-west-1&tls=false')).toEqual({
      ok: true,
      value: {
        endpoint: 'http://storage.example.com:9000',
        bucket: 'bucket',
        prefix: 'deep/er/',
        region: 'eu-west-1',
        accessKeyId: 'key',
        secretAccessKey: 'se/cr+et',
        sessionToken: null,
      },
    })
  })

  test('with what AWS has in the environment', () => {
    const env = {
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_SESSION_TOKEN: 'session',
      AWS_REGION: 'eu-central-1',
    }
    expect(parsed('s3://s3.eu-central-1.amazonaws.com/bucket', env)).toEqual({
      ok: true,
      value: {
        endpoint: 'https://s3.eu-central-1.amazonaws.com',
        bucket: 'bucket',
        prefix: '',
        region: 'eu-central-1',
        accessKeyId: 'id',
        secretAccessKey: 'secret',
        sessionToken: 'session',
      },
    })
  })
})

test.each([
  ['https://key:hunter2@host/bucket', 'must look like s3://'],
  ['nonsense', 'must look like s3://'],
  ['s3://key:hunter2@/bucket', 'must look like s3://'],
  ['s3://key:hunter2@host', 'its first part of the path is the bucket'],
  ['s3://key:hunter2@host/b', 'its first part of the path is the bucket'],
  ['s3://key:hunter2@host/bucket/a%20b', 'has a prefix'],
  ['s3://host/bucket', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set'],
  ['s3://key@host/bucket', 'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set'],
  ['s3://key:hunter2@host/bucket?tls=no', 'tls=true or tls=false'],
  ['s3://key:hunter2@host/bucket?zone=1', 'unknown parameter zone'],
])('%s is refused in one sentence without the secret', (url, part) => {
  const result = parsed(url)
  const problem = result.ok ? '' : result.error
  expect(problem).toContain(part)
  expect(problem).toMatch(/^COUNTERSIGN_OBJECT_STORE_URL .*\.$/)
  expect(problem).not.toContain('hunter2')
})
