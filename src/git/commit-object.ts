/** Who wrote or stored a commit, and when: `date` is ISO 8601 with the offset the person's own clock had. */
export type Identity = { readonly name: string; readonly email: string; readonly date: string }

export type Commit = {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly author: Identity
  readonly committer: Identity
  /** The whole message as stored, with its final line feed if it has one. */
  readonly message: string
}

export type TagObject = {
  readonly sha: string
  /** The object the tag names, which need not be a commit. */
  readonly target: { readonly sha: string; readonly type: string }
  readonly name: string
  /** Null for very old tags that were stored without one. */
  readonly tagger: Identity | null
  readonly message: string
}

type Header = { readonly fields: readonly (readonly [string, string])[]; readonly message: string }

/** The first line of a commit message: what GitLab's API calls `title`. */
export function commitTitle(message: string): string {
  return message.trimStart().split('\n', 1)[0] ?? ''
}

/** Parses the content of a commit object. */
export function parseCommit(sha: string, content: Buffer): Commit {
  const { fields, message } = parseHeader(content)
  return {
    sha,
    tree: field(fields, 'tree'),
    parents: fields.filter(([key]) => key === 'parent').map(([, value]) => value),
    author: parseIdentity(field(fields, 'author')),
    committer: parseIdentity(field(fields, 'committer')),
    message,
  }
}

/** Parses the content of an annotated tag. */
export function parseTag(sha: string, content: Buffer): TagObject {
  const { fields, message } = parseHeader(content)
  const tagger = field(fields, 'tagger')
  return {
    sha,
    target: { sha: field(fields, 'object'), type: field(fields, 'type') },
    name: field(fields, 'tag'),
    tagger: tagger === '' ? null : parseIdentity(tagger),
    message,
  }
}

/**
 * `A B <a@b> 1700000000 +0130` → name, email and `2023-11-14T23:43:20+01:30`. Damaged dates, which old tools wrote,
 * become 1970-01-01 instead of failing the whole history.
 */
export function parseIdentity(text: string): Identity {
  const match = /^(.*?) ?<([^>]*)>(?: (-?\d+) ([+-]\d{4}))?/s.exec(text)
  if (!match) return { name: text, email: '', date: isoDate(0, '+0000') }
  return { name: match[1] ?? '', email: match[2] ?? '', date: isoDate(Number(match[3] ?? 0), match[4] ?? '+0000') }
}

/** Seconds since 1970 and an offset as git writes it (`-0730`) → `2023-11-14T14:43:20-07:30`. */
export function isoDate(seconds: number, offset: string): string {
  const sign = offset.startsWith('-') ? -1 : 1
  const minutes = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(3, 5)))
  const shifted = new Date((seconds + minutes * 60) * 1000)
  const representable = !Number.isNaN(shifted.getTime()) && shifted.getUTCFullYear() <= 9999
  if (!representable || Math.abs(minutes) >= 24 * 60) return '1970-01-01T00:00:00+00:00'
  return `${shifted.toISOString().slice(0, 19)}${sign < 0 ? '-' : '+'}${offset.slice(1, 3)}:${offset.slice(3, 5)}`
}

/** Headers up to the first empty line, then the message; a line that starts with a space continues the one before. */
function parseHeader(content: Buffer): Header {
  const end = content.indexOf('\n\n')
  const headText = content.subarray(0, end < 0 ? content.length : end)
  const rawMessage = end < 0 ? Buffer.alloc(0) : content.subarray(end + 2)
  const label = /^encoding (.+)$/m.exec(headText.toString('latin1'))?.[1] ?? 'utf-8'
  const fields = decode(headText, label)
    .split('\n')
    .filter((line) => !line.startsWith(' '))
    .map((line): [string, string] => {
      const space = line.indexOf(' ')
      return space < 0 ? [line, ''] : [line.slice(0, space), line.slice(space + 1)]
    })
  return { fields, message: decode(rawMessage, label) }
}

function decode(bytes: Buffer, label: string): string {
  try {
    return new TextDecoder(label, { ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes.toString('utf8')
  }
}

function field(fields: Header['fields'], name: string): string {
  return fields.find(([key]) => key === name)?.[1] ?? ''
}
