import type { Variable } from '../domain/plan.ts'
import type { JobConfig } from './job-config.ts'
import type { MatrixConfig } from './keyword-parallel.ts'
import { yamlVariable } from './keyword-variables.ts'

/** One job that will exist if its rules let it: a copy of a parallel job, or the job itself. */
export interface JobInstance {
  readonly config: JobConfig
  readonly name: string
  /** Values of its matrix row. */
  readonly matrix: readonly Variable[]
  readonly node: { readonly index: number; readonly total: number } | null
}

/** Makes the instances of a job: `job 1/3` for a number, `job: [a, b]` for a matrix (reference A11). */
export function expandJob(config: JobConfig): readonly JobInstance[] {
  const { parallel, name } = config
  if (parallel === null) return [{ config, name, matrix: [], node: null }]
  if (parallel.kind === 'number') {
    const { total } = parallel
    return Array.from({ length: total }, (_, index) => ({
      config,
      name: `${name} ${index + 1}/${total}`,
      matrix: [],
      node: { index: index + 1, total },
    }))
  }
  const rows = combinations(parallel.rows)
  const total = rows.length
  const named = rows.map((row, index) => ({
    config,
    name: matrixName(name, row),
    matrix: row.map(([key, value]) => yamlVariable(key, value, false)),
    node: { index: index + 1, total },
  }))
  return [...new Map(named.map((instance) => [instance.name, instance])).values()]
}

type Row = readonly (readonly [name: string, value: string])[]

/** The name of an instance of a matrix job. */
export function matrixName(job: string, row: Row): string {
  return `${job}: [${row.map(([, value]) => value).join(', ')}]`
}

/** Every combination of the values of each row, the first variable varying slowest. */
export function combinations(matrix: MatrixConfig): readonly Row[] {
  return matrix.flatMap((row) =>
    row.reduce<readonly Row[]>(
      (products, [name, values]) =>
        products.flatMap((product) => values.map((value) => [...product, [name, value] as const])),
      [[]],
    ),
  )
}

/** The name without ` 1/3` or `: [a, b]`, whoever wrote them: jobs are shown as one group by it. */
export function groupName(name: string): string {
  let rest = name.trim()
  for (let times = 0; times < 3; times += 1) {
    const shorter = rest.endsWith(']') ? withoutBrackets(rest) : withoutFraction(rest)
    if (shorter === null) return rest
    rest = shorter
  }
  return rest
}

function withoutBrackets(name: string): string | null {
  for (let at = name.indexOf('['); at !== -1; at = name.indexOf('[', at + 1)) {
    if (at > 0 && isGap(name, at - 1)) return withoutGap(name, at)
  }
  return null
}

function withoutFraction(name: string): string | null {
  let at = name.length
  const back = (test: (character: string) => boolean): boolean => {
    const from = at
    while (at > 0 && test(name[at - 1] ?? '')) at -= 1
    return at < from
  }
  const isDigit = (character: string): boolean => character >= '0' && character <= '9'
  if (!back(isDigit) || !back((character) => /[\s:/\\]/.test(character)) || !back(isDigit)) return null
  return at > 0 && isGap(name, at - 1) ? withoutGap(name, at) : null
}

function isGap(name: string, at: number): boolean {
  return /[\s:]/.test(name[at] ?? '')
}

function withoutGap(name: string, from: number): string {
  let at = from
  while (at > 0 && isGap(name, at - 1)) at -= 1
  return name.slice(0, at)
}
