/** `COUNTERSIGN_OBJECT_STORE_URL`: where an S3-compatible store is, and how to get in. */
import { err, ok, type Result } from './result.ts'

export interface ObjectStoreTarget {
  /** Scheme, host and port, without a slash at the end. */
  readonly endpoint: string
  readonly bucket: string
  /** In front of every key; empty, or with a slash at its end. */
  readonly prefix: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | null
}

type Environment = Readonly<Record<string, string | undefined>>

const variable = 'COUNTERSIGN_OBJECT_STORE_URL'
const form = `${variable} must look like s3://KEY:SECRET@HOST:PORT/BUCKET?region=REGION&tls=true`

/**
 * Reads `s3://key:secret@host:port/bucket/prefix?region=…&tls=…`. The key, the secret and the region may come from
 * `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` and `AWS_REGION` instead. The error is a sentence that
 * repeats no secret.
 */
export function parseObjectStoreUrl(text: string, env: Environment): Result<ObjectStoreTarget, string> {
  const url = URL.parse(text)
  const [bucket = '', ...below] = (url?.pathname ?? '').split('/').filter((part) => part !== '')
  if (url?.protocol !== 's3:' || url.hostname === '') return err(`${form}.`)
  if (!/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i.test(bucket))
    return err(`${form}: its first part of the path is the bucket.`)
  if (below.some((part) => !/^[\w.-]+$/.test(part) || /^\.+$/.test(part))) {
    return err(`${variable} has a prefix behind the bucket that is not made of letters, digits, "_", "-" and ".".`)
  }
  const unknown = [...url.searchParams.keys()].filter((name) => name !== 'region' && name !== 'tls')
  if (unknown.length > 0) return err(`${variable} has the unknown parameter ${unknown[0]}: there are region and tls.`)
  const tls = url.searchParams.get('tls') ?? 'true'
  if (tls !== 'true' && tls !== 'false') return err(`${variable} must have tls=true or tls=false, not tls=${tls}.`)
  const credentials = credentialsOf(url, env)
  if (!credentials) {
    return err(`${variable} has no key and secret, and AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set.`)
  }
  return ok({
    endpoint: `${tls === 'true' ? 'https' : 'http'}://${url.host}`,
    bucket,
    prefix: below.map((part) => `${part}/`).join(''),
    region: url.searchParams.get('region') || env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || 'us-east-1',
    ...credentials,
  })
}

function credentialsOf(url: URL, env: Environment) {
  if (url.username !== '' && url.password !== '') {
    return { accessKeyId: plain(url.username), secretAccessKey: plain(url.password), sessionToken: null }
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: session } = env
  return accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken: session || null } : null
}

/** A secret may hold `/` and `+`, which a URL has as `%2F` and `%2B`. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
