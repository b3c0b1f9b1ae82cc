import { array, assert, constantFrom, property } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createMasker } from '../../src/runner/masking.ts'

function mask(secrets: readonly string[], chunks: readonly string[], prefixes: readonly string[] = []): string {
  const masker = createMasker(secrets, prefixes)
  const shown = chunks.map((chunk) => masker.write(Buffer.from(chunk, 'utf8').toString('latin1'))).join('')
  return Buffer.from(shown + masker.flush(), 'latin1').toString('utf8')
}

describe('masking', () => {
  it.each([
    { what: 'a value', secrets: ['hunter22'], text: 'it is hunter22!', shown: 'it is [MASKED]!' },
    { what: 'every occurrence', secrets: ['s3cr3t-a'], text: 's3cr3t-as3cr3t-a', shown: '[MASKED][MASKED]' },
    {
      what: 'the longer of two that begin alike',
      secrets: ['abcd', 'abcdefgh'],
      text: 'xabcdefghx',
      shown: 'x[MASKED]x',
    },
    {
      what: 'the shorter when the longer does not go on',
      secrets: ['abcd', 'abcdefgh'],
      text: 'xabcdefx',
      shown: 'x[MASKED]efx',
    },
    { what: 'overlapping values as one', secrets: ['abcd', 'cdef'], text: '-abcdef-', shown: '-[MASKED]-' },
    { what: 'letters beyond ASCII', secrets: ['pässwörd'], text: 'ä pässwörd ü', shown: 'ä [MASKED] ü' },
    { what: 'nothing for an empty value', secrets: [''], text: 'plain', shown: 'plain' },
    { what: 'personal tokens', secrets: [], text: 'use glpat-abcDEF123_x now', shown: 'use glpat-[MASKED] now' },
    { what: 'job and runner tokens', secrets: [], text: 'glcbt-1_x glrt-t1.y', shown: 'glcbt-[MASKED] glrt-[MASKED]' },
    { what: 'no prefix alone', secrets: [], text: 'the prefix glpat- is known', shown: 'the prefix glpat- is known' },
    {
      what: 'query parameters',
      secrets: [],
      text: 'GET /x?a=1&private_token=ab%20c&b=2',
      shown: 'GET /x?a=1&private_token=[MASKED]&b=2',
    },
    {
      what: 'query parameters in any case',
      secrets: [],
      text: '"?X-Amz-Signature=00ff"',
      shown: '"?X-Amz-Signature=[MASKED]"',
    },
    {
      what: 'a token that touches a value',
      secrets: ['tail 1'],
      text: 'glpat-xtail 1 end',
      shown: 'glpat-[MASKED] end',
    },
  ])('hides $what', ({ secrets, text, shown }) => {
    expect(mask(secrets, [text])).toBe(shown)
    expect(mask(secrets, text.split(''))).toBe(shown)
  })

  it('hides tokens with the prefixes that the server adds', () => {
    expect(mask([], ['acme-1234 glpat-1'], ['acme-'])).toBe('acme-[MASKED] glpat-[MASKED]')
  })

  it('gives the same text however the output is cut', () => {
    const alphabet = constantFrom('a', 'b', 'ab', 'glpat-', '?', 'private_token=', '&', ' ', 'aab', 'ö')
    const word = array(alphabet, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
    assert(
      property(array(word, { maxLength: 3 }), array(word, { maxLength: 12 }), (secrets, chunks) => {
        expect(mask(secrets, chunks)).toBe(mask(secrets, [chunks.join('')]))
      }),
      { numRuns: 2000 },
    )
  })

  it('never lets a value through, wherever it is cut', () => {
    const secret = 'correct-horse-battery'
    for (let cut = 1; cut < secret.length; cut += 1) {
      const shown = mask([secret], [`x ${secret.slice(0, cut)}`, `${secret.slice(cut)} y`])
      expect(shown).toBe('x [MASKED] y')
    }
  })

  it('does not hold output back for longer than it has to', () => {
    const masker = createMasker(['secret-value'])
    expect(masker.write('one line\n')).toBe('one line\n')
    expect(masker.write('sec')).toBe('')
    expect(masker.write('ond\n')).toBe('second\n')
  })
})
