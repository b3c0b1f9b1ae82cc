/** Makes requests of the demo's story and prints each as a curl line that can be pasted. */
import { setTimeout as delay } from 'node:timers/promises'

/** A step did not come out as the story says. */
export class StoryFailure extends Error {}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Call {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly token: string
  /** Sent as JSON. */
  readonly json?: object
  /** Sent as a form, like curl's --data. */
  readonly form?: Readonly<Record<string, string>>
}

export interface Teller {
  chapter(title: string): void
  say(text: string): void
  /** Prints and makes a request; fails the story unless the status is the expected one. */
  ask(call: Call, expected: number): Promise<Answer>
  /** Prints a request once and repeats it until `done` says so. */
  askUntil(call: Call, what: string, done: (answer: Answer) => boolean): Promise<Answer>
  check(holds: boolean, what: string): void
}

/** Longest wait for something that happens by itself, in milliseconds. */
const patience = 60_000

export function makeTeller(baseUrl: string, print: (line: string) => void): Teller {
  const check = (holds: boolean, what: string) => {
    if (!holds) throw new StoryFailure(what)
    print(`  ✓ ${what}`)
  }
  return {
    chapter: (title) => print(`\n── ${title}`),
    say: (text) => print(`  ${text}`),
    check,
    async ask(call, expected) {
      print(curlLine(baseUrl, call))
      const answer = await send(baseUrl, call)
      print(`  → ${answer.status} ${summary(answer.body)}`)
      if (answer.status !== expected) {
        throw new StoryFailure(
          `${call.method ?? 'GET'} ${call.path} answered ${answer.status}, not ${expected}: ${JSON.stringify(answer.body)}`,
        )
      }
      return answer
    },
    async askUntil(call, what, done) {
      print(curlLine(baseUrl, call))
      const end = Date.now() + patience
      for (;;) {
        const answer = await send(baseUrl, call)
        if (done(answer)) {
          print(`  → ${answer.status} ${summary(answer.body)}`)
          print(`  ✓ ${what}`)
          return answer
        }
        if (Date.now() > end)
          throw new StoryFailure(
            `${what}: not after ${patience / 1000} s, last answer ${JSON.stringify(answer.body).slice(0, 500)}`,
          )
        await delay(100)
      }
    },
  }
}

async function send(baseUrl: string, call: Call): Promise<Answer> {
  const headers: Record<string, string> = { 'private-token': call.token }
  const body = call.json ? JSON.stringify(call.json) : call.form ? new URLSearchParams(call.form) : undefined
  if (call.json) headers['content-type'] = 'application/json'
  const response = await fetch(`${baseUrl}/api/v4${call.path}`, {
    method: call.method ?? 'GET',
    headers,
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  return { status: response.status, body: parse(text) }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The request as a person would type it; single quotes protect everything else in a shell. */
function curlLine(baseUrl: string, { method, path, token, json, form }: Call): string {
  const parts = ['$ curl']
  if (method && method !== 'GET' && !(method === 'POST' && form)) parts.push(`--request ${method}`)
  parts.push(`--header ${quote(`PRIVATE-TOKEN: ${token}`)}`)
  if (json) parts.push(`--header ${quote('Content-Type: application/json')}`, `--data ${quote(JSON.stringify(json))}`)
  for (const [key, value] of Object.entries(form ?? {})) parts.push(`--data ${quote(`${key}=${value}`)}`)
  parts.push(quote(`${baseUrl}/api/v4${path}`))
  return parts.join(' ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** The fields of an answer that tell the story, on one line. */
function summary(body: unknown): string {
  if (typeof body === 'string') return body.trim().split('\n').at(-1)?.slice(0, 120) ?? ''
  if (Array.isArray(body)) return `[${body.map(summary).join(', ')}]`.slice(0, 400)
  if (body === null || typeof body !== 'object') return String(body)
  const shown = [
    'id',
    'username',
    'full_path',
    'path_with_namespace',
    'name',
    'status',
    'message',
    'pending_approval_count',
    'failure_reason',
  ]
  const fields = Object.entries(body).filter(([key]) => shown.includes(key))
  return `{ ${fields.map(([key, value]) => `${key}: ${JSON.stringify(value)}`).join(', ')} }`
}
