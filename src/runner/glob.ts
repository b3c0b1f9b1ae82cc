/**
 * Path patterns of `artifacts` and `cache` (GitLab Runner uses doublestar): `*` and `?` stay inside one path segment, `**` spans
 * segments, `[a-z]` and `[!a-z]` are classes, `{a,b}` alternatives, `\` escapes. Names that begin with a dot are matched too.
 */

/** Segments of a pattern relative to the project directory; null when it leaves that directory. */
export function patternSegments(pattern: string, root: string): string[] | null {
  let relative = pattern.trim()
  if (relative === root || relative.startsWith(`${root}/`)) relative = relative.slice(root.length)
  else if (relative.startsWith('/')) return null
  const segments: string[] = []
  for (const segment of relative.split('/')) {
    if (segment === '' || segment === '.') continue
    if (segment !== '..') segments.push(segment)
    else if (segments.pop() === undefined) return null
  }
  return segments
}

/** Whether a pattern, or one segment of it, has anything but plain characters. */
export function hasWildcard(text: string): boolean {
  return /[*?[{\\]/.test(text)
}

/** All patterns that `{a,b}` stands for, nested braces included; at most 1000. */
export function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{')
  if (open === -1) return [pattern]
  let depth = 0
  let start = open + 1
  const parts: string[] = []
  for (let at = open; at < pattern.length; at += 1) {
    const character = pattern[at]
    if (character === '\\') at += 1
    else if (character === '{') depth += 1
    else if (character === ',' && depth === 1) {
      parts.push(pattern.slice(start, at))
      start = at + 1
    } else if (character === '}') {
      depth -= 1
      if (depth > 0) continue
      parts.push(pattern.slice(start, at))
      const tails = expandBraces(pattern.slice(at + 1))
      const heads = parts.flatMap(expandBraces)
      return heads.flatMap((head) => tails.map((tail) => pattern.slice(0, open) + head + tail)).slice(0, 1000)
    }
  }
  return [pattern]
}

/**
 * Whether a path matches. Time is proportional to the product of both lengths, whatever the pattern: patterns come from jobs.
 */
export function matchSegments(pattern: readonly string[], path: readonly string[]): boolean {
  let reachable = new Set([0])
  for (let position = 0; position <= path.length; position += 1) {
    for (const state of reachable) if (pattern[state] === '**') reachable.add(state + 1)
    if (position === path.length) break
    const next = new Set<number>()
    const name = path[position] ?? ''
    for (const state of reachable) {
      const segment = pattern[state]
      if (segment === undefined) continue
      if (segment === '**') next.add(state)
      else if (matchName(segment, name)) next.add(state + 1)
    }
    reachable = next
  }
  return reachable.has(pattern.length)
}

/** One segment against one name. Steps back only to the last `*`, so it cannot take exponential time. */
function matchName(segment: string, name: string): boolean {
  let at = 0
  let position = 0
  let star = -1
  let starPosition = 0
  while (position < name.length) {
    const length = at < segment.length ? matchOne(segment, at, name[position] ?? '') : 0
    if (segment[at] === '*') {
      star = at
      starPosition = position
      at += 1
    } else if (length > 0) {
      at += length
      position += 1
    } else if (star !== -1) {
      starPosition += 1
      position = starPosition
      at = star + 1
    } else return false
  }
  while (segment[at] === '*') at += 1
  return at === segment.length
}

/** How many characters of the pattern the element at `at` has, if it matches the character; 0 if it does not. */
function matchOne(segment: string, at: number, character: string): number {
  const element = segment[at]
  if (element === '?') return 1
  if (element === '\\' && at + 1 < segment.length) return segment[at + 1] === character ? 2 : 0
  if (element !== '[') return element === character ? 1 : 0
  const end = segment.indexOf(']', at + 2)
  if (end === -1) return character === '[' ? 1 : 0
  const negated = segment[at + 1] === '!' || segment[at + 1] === '^'
  const inside = inClass(segment.slice(at + (negated ? 2 : 1), end), character)
  return inside === negated ? 0 : end - at + 1
}

function inClass(members: string, character: string): boolean {
  for (let at = 0; at < members.length; at += 1) {
    if (members[at + 1] === '-' && at + 2 < members.length) {
      if (character >= (members[at] ?? '') && character <= (members[at + 2] ?? '')) return true
      at += 2
    } else if (members[at] === character) return true
  }
  return false
}
