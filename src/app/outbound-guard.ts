/**
 * Where requests that somebody else chose may go: not into this machine's network, unless an administrator allows it (GitLab
 * docs, Filter outbound requests). Names are resolved here, and the request goes to the very addresses that were judged.
 */
import type { LookupAddress } from 'node:dns'
import { BlockList, isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Settings } from '../db/settings.ts'
import { err, ok, type Result } from '../domain/result.ts'
import { resolveName } from './resolve-name.ts'

export type OutboundSettings = Pick<
  Settings,
  'allow_local_requests_from_web_hooks_and_services' | 'outbound_local_requests_whitelist'
>

const localNetwork = 'Requests to the local network are not allowed'

/** Every range that is not plainly somebody's public address; for the first ones GitLab's words. */
const blocked: readonly [sentence: string, ranges: readonly string[]][] = [
  ['Requests to localhost are not allowed', ['0.0.0.0/8', '::/128']],
  ['Requests to loopback addresses are not allowed', ['127.0.0.0/8', '::1/128']],
  [localNetwork, ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10']],
  ['Requests to the link local network are not allowed', ['169.254.0.0/16', 'fe80::/10']],
  ['Requests to the shared address space are not allowed', ['100.64.0.0/10']],
  ['Requests to the limited broadcast address are not allowed', ['255.255.255.255/32']],
  [
    'Requests to reserved addresses are not allowed',
    [
      '192.0.0.0/24',
      '192.0.2.0/24',
      '192.88.99.0/24',
      '198.18.0.0/15',
      '198.51.100.0/24',
      '203.0.113.0/24',
      '224.0.0.0/4',
      '240.0.0.0/4',
      // Addresses that carry an IPv4 address which would not be judged: compatible, translated, 6to4, Teredo.
      '::/96',
      '64:ff9b::/96',
      '64:ff9b:1::/48',
      '2002::/16',
      '2001::/32',
      '100::/64',
      '2001:db8::/32',
      'ff00::/8',
    ],
  ],
]
const lists = blocked.map(([sentence, ranges]): [string, BlockList] => [sentence, blockList(ranges)])

export interface Destination {
  readonly url: URL
  /** Judged; the request may go to these and nowhere else. */
  readonly addresses: readonly LookupAddress[]
}

export type OutboundRefusal = { readonly code: 'blocked' | 'unresolved'; readonly sentence: string }

/** Judges a URL for one request. Shorthand, decimal and hexadecimal forms of addresses are the same to it (WHATWG URL). */
export async function judgeDestination(
  text: string,
  settings: OutboundSettings,
  resolve: (name: string) => Promise<readonly LookupAddress[]> = resolveName,
): Promise<Result<Destination, OutboundRefusal>> {
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url) return refused('URI is invalid')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return refused('Only allowed schemes are http, https')
  const host = hostOf(url)
  if (host === '') return refused('Hostname or IP address invalid')
  const family = isIP(host)
  const addresses = family === 0 ? await resolve(host) : [{ address: host, family }]
  if (addresses.length === 0) return err({ code: 'unresolved', sentence: 'Host cannot be resolved or invalid' })
  if (settings.allow_local_requests_from_web_hooks_and_services || isAllowed(host, url, settings)) {
    return ok({ url, addresses })
  }
  for (const { address } of addresses) {
    const sentence = isAllowed(address, url, settings) ? null : blockedBecause(address)
    if (sentence !== null) return refused(sentence)
  }
  return ok({ url, addresses })
}

/** Why requests to an address are refused; null when they are not. */
export function blockedBecause(address: string): string | null {
  const plain = address.split('%')[0] ?? ''
  const family = isIP(plain) === 6 ? 'ipv6' : 'ipv4'
  for (const [sentence, list] of lists) if (list.check(plain, family)) return sentence
  const own = Object.values(networkInterfaces()).flatMap((all) => all?.map((one) => one.address) ?? [])
  return own.includes(plain) ? 'Requests to localhost are not allowed' : null
}

/** Whether the list names this host or address: `host`, `host:port`, `10.0.0.1`, `[::1]:80`, `10.0.0.0/8`. */
function isAllowed(host: string, url: URL, settings: OutboundSettings): boolean {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  return settings.outbound_local_requests_whitelist.some((entry) => {
    const [, bracketed, plain, entryPort] =
      /^(?:\[([^\]]+)\]|([^:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d+))?$/.exec(entry.trim()) ?? []
    const name = (bracketed ?? plain ?? '').toLowerCase()
    if (entryPort !== undefined && Number(entryPort) !== port) return false
    if (!name.includes('/')) return name !== '' && name === host.toLowerCase()
    return isRange(name) && isIP(host) !== 0 && blockList([name]).check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
  })
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/')
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}

function isRange(text: string): boolean {
  const [address = '', prefix = '', ...rest] = text.split('/')
  const family = isIP(address)
  return rest.length === 0 && family !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32)
}

function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
}

function refused(sentence: string): Result<never, OutboundRefusal> {
  return err({ code: 'blocked', sentence })
}
