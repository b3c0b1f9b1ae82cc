/**
 * Names to addresses without holding up the process. `getaddrinfo` keeps one of Node's few threads for as long as a name server
 * is silent, and files and passwords need those threads too: a name that somebody else chose is asked of the name servers
 * directly, and only what they do not know goes to `getaddrinfo`, two names at a time.
 */
import { type LookupAddress, lookup } from 'node:dns'
import { Resolver } from 'node:dns/promises'

/** Milliseconds to wait for addresses. */
const timeLimit = 5_000
const lookupsAtOnce = 2

let lookups = 0
const waiting: (() => void)[] = []

export interface ResolveOptions {
  /** Name servers, instead of the system's. */
  readonly servers?: readonly string[]
  /** Milliseconds to wait. */
  readonly limit?: number
}

/** The addresses of a name; none when it has none, or they do not come in time. */
export async function resolveName(name: string, options: ResolveOptions = {}): Promise<readonly LookupAddress[]> {
  const late = Promise.withResolvers<readonly LookupAddress[]>()
  const timer = setTimeout(() => late.resolve([]), options.limit ?? timeLimit)
  try {
    return await Promise.race([findAddresses(name, options.servers), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function findAddresses(name: string, servers?: readonly string[]): Promise<readonly LookupAddress[]> {
  // Short names are this machine's or its network's: their files and search domains are getaddrinfo's.
  if (!name.includes('.') || name.endsWith('.localhost')) return systemLookup(name)
  const resolver = new Resolver({ timeout: 2_000, tries: 2 })
  if (servers) resolver.setServers(servers)
  const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  const found = [
    ...(four.status === 'fulfilled' ? four.value.map((address) => ({ address, family: 4 })) : []),
    ...(six.status === 'fulfilled' ? six.value.map((address) => ({ address, family: 6 })) : []),
  ]
  if (found.length > 0) return found
  return isUnknown(four) ? systemLookup(name) : []
}

/** The name servers answered, and know no such name: a file may. Silence is no answer, and would hold a thread. */
function isUnknown(result: PromiseSettledResult<string[]>): boolean {
  if (result.status === 'fulfilled') return false
  const code: unknown = Reflect.get(Object(result.reason), 'code')
  return code === 'ENOTFOUND' || code === 'ENODATA'
}

async function systemLookup(name: string): Promise<readonly LookupAddress[]> {
  if (lookups < lookupsAtOnce) lookups += 1
  // Whoever ends hands its place over.
  else await new Promise<void>((resolve) => waiting.push(resolve))
  try {
    return await new Promise((resolve) => {
      lookup(name, { all: true }, (error, addresses) => resolve(error ? [] : addresses))
    })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else lookups -= 1
  }
}
