import { describe, expect, it } from 'vitest'
import { commitTitle, isoDate, parseCommit, parseIdentity, parseTag } from '../../src/git/commit-object.ts'

describe('isoDate', () => {
  it.each([
    [0, '+0000', '1970-01-01T00:00:00+00:00'],
    [1700000000, '+0000', '2023-11-14T22:13:20+00:00'],
    [1700000000, '+0130', '2023-11-14T23:43:20+01:30'],
    [1700000000, '-0730', '2023-11-14T14:43:20-07:30'],
    [1700000000, '-0000', '2023-11-14T22:13:20-00:00'],
    [1700000000, '+9999', '1970-01-01T00:00:00+00:00'],
    [1e15, '+0000', '1970-01-01T00:00:00+00:00'],
    [Number.MAX_VALUE, '+0000', '1970-01-01T00:00:00+00:00'],
    [-86400, '+0000', '1969-12-31T00:00:00+00:00'],
  ])('%d %s → %s', (seconds, offset, expected) => expect(isoDate(seconds, offset)).toBe(expected))
})

describe('parseIdentity', () => {
  it.each([
    ['A B <a@b> 1700000000 +0000', 'A B', 'a@b', '2023-11-14T22:13:20+00:00'],
    ['<a@b> 1700000000 +0000', '', 'a@b', '2023-11-14T22:13:20+00:00'],
    ['A <> 1700000000 +0000', 'A', '', '2023-11-14T22:13:20+00:00'],
    ['A <a@b>', 'A', 'a@b', '1970-01-01T00:00:00+00:00'],
    ['damaged', 'damaged', '', '1970-01-01T00:00:00+00:00'],
  ])('%j', (text, name, email, date) => expect(parseIdentity(text)).toEqual({ name, email, date }))
})

const tree = '1'.repeat(40)
const parents = ['2'.repeat(40), '3'.repeat(40)]

describe('parseCommit', () => {
  it('reads merges, and skips headers that go on over several lines', () => {
    const text = [
      `tree ${tree}`,
      ...parents.map((sha) => `parent ${sha}`),
      'author A <a@b> 1700000000 +0000',
      'committer C <c@d> 1700000001 +0000',
      'gpgsig -----BEGIN PGP SIGNATURE-----',
      ' author Mallory <m@m> 1 +0000',
      ' -----END PGP SIGNATURE-----',
      '',
      'Title',
      '',
      'parent not a header',
    ].join('\n')
    const commit = parseCommit('f'.repeat(40), Buffer.from(text))
    expect(commit).toMatchObject({ tree, parents, author: { name: 'A' }, committer: { name: 'C' } })
    expect(commit.message).toBe('Title\n\nparent not a header')
  })

  it('decodes what another encoding was declared for', () => {
    const text = `tree ${tree}\nauthor Jos\xe9 <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\nencoding ISO-8859-1\n\nOl\xe9`
    const commit = parseCommit('f'.repeat(40), Buffer.from(text, 'latin1'))
    expect(commit.author.name).toBe('José')
    expect(commit.message).toBe('Olé')
  })

  it.each(['no-such-encoding', 'utf-8'])('survives %s with bytes that are not text', (encoding) => {
    const text = `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\nencoding ${encoding}\n\n\xff\xfe`
    expect(parseCommit('f'.repeat(40), Buffer.from(text, 'latin1')).message).toBe('\ufffd\ufffd')
  })

  it('survives a commit without a message', () => {
    const text = `tree ${tree}\nauthor A <a@b> 1 +0000\ncommitter C <c@d> 1 +0000\n`
    expect(parseCommit('f'.repeat(40), Buffer.from(text))).toMatchObject({ message: '', committer: { name: 'C' } })
  })
})

describe('parseTag', () => {
  it('reads a tag, also one without a tagger', () => {
    const text = `object ${tree}\ntype commit\ntag v1\n`
    const tagged = parseTag('f'.repeat(40), Buffer.from(`${text}tagger T <t@t> 1 +0000\n\nMessage\n`))
    expect(tagged).toMatchObject({ name: 'v1', target: { sha: tree, type: 'commit' }, tagger: { email: 't@t' } })
    expect(parseTag('f'.repeat(40), Buffer.from(`${text}\nMessage\n`))).toMatchObject({
      tagger: null,
      message: 'Message\n',
    })
  })
})

it.each([
  ['Title\n\nBody', 'Title'],
  ['\n\nTitle', 'Title'],
  ['', ''],
])('the title of %j is %j', (message, title) => expect(commitTitle(message)).toBe(title))
