/** docs/permissions.txt: a line per operation, a column per caller. */
import type { Caller } from './callers.ts'
import type { Request } from './lane.ts'
import type { World } from './world.ts'

export interface Row {
  /** Lines of one group stand together. */
  readonly group: string
  readonly call: string
  readonly note: string
  readonly request: (caller: Caller) => Request
}

/** Git over HTTP, which is no operation of the API. */
export function gitRows({ project }: World): Row[] {
  const row = (call: string, service: string): Row => ({
    group: 'Git over HTTP',
    call,
    note: '',
    request: (caller) => {
      const url = `/${project.full_path}.git/info/refs?service=${service}`
      return { method: 'GET', url, headers: { ...caller.git } }
    },
  })
  return [row('git fetch', 'git-upload-pack'), row('git push', 'git-receive-pack')]
}

const width = 4

/** The whole file. `ok` is any answer that is not an error. */
export function tableOf(
  callers: readonly Caller[],
  rows: readonly Row[],
  codes: ReadonlyMap<Row, readonly number[]>,
): string {
  const calls = rows.map((row) => (row.note === '' ? row.call : `${row.call} (${row.note})`))
  const left = Math.max(...calls.map((call) => call.length)) + 1
  const line = (first: string, cells: readonly string[]) =>
    `${first.padEnd(left)}${cells.map((cell) => cell.padEnd(width)).join('')}`.trimEnd()
  const groups = [...new Set(rows.map((row) => row.group))]
  const body = groups.flatMap((group) => [
    '',
    line(
      `== ${group}`,
      callers.map(({ code }) => code),
    ),
    ...rows.flatMap((row, at) => {
      if (row.group !== group) return []
      const cells = (codes.get(row) ?? []).map((status) => (status < 400 ? 'ok' : String(status)))
      return [line(calls[at] ?? '', cells)]
    }),
  ])
  return [...introduction(callers), ...body, ''].join('\n')
}

function introduction(callers: readonly Caller[]): string[] {
  return [
    'Who may do what: the answer to a valid call of every operation, by who makes it.',
    '',
    'ok   it is done',
    '401  not without other credentials',
    '403  not for this caller',
    '404  it does not exist, or this caller may not know that it does',
    'Other numbers are GitLab’s status for the same refusal at that place.',
    '',
    ...callers.map(({ code, about }) => `${code}  ${about}`),
    '',
    'test/http/permission-table.test.ts makes all these calls and compares. It also rewrites this file; a line that changes is a right that changes.',
  ]
}
