import { describe, expect, test } from 'vitest'
import { piecesOf, plainStyle, plainText, styleAfter } from '../../src/web/pages/jobs/ansi.ts'
import { makeLog } from '../../src/web/pages/jobs/log-lines.ts'
import { matchingLines, openedFor, visibleLines } from '../../src/web/pages/jobs/log-rows.ts'
import { rowHeight, rowWindow, scrollTopOf, spaceFor } from '../../src/web/pages/jobs/row-window.ts'

const esc = '\u001b'
const time = '2026-01-02T03:04:05.123456Z'

function logOf(...texts: string[]) {
  const log = makeLog()
  for (const text of texts) log.add(text)
  return log
}
const textsOf = (...texts: string[]) => logOf(...texts).lines.map((line) => plainText(line.text))

describe('lines of a log', () => {
  test.each<[string, string[], string[]]>([
    ['plain lines', ['a\nb\n'], ['a', 'b']],
    ['lines that come in pieces', ['a', 'b\nc', '\n'], ['ab', 'c']],
    ['line ends of two characters', ['a\r\nb\r\n'], ['a', 'b']],
    ['text written over', ['10 %\r50 %\r100 %\n'], ['100 %']],
    ['text written over, its line end in another piece', ['10 %\r', '100 %\r', '\n'], ['100 %']],
    ['empty lines', ['\n\na\n'], ['', '', 'a']],
    ['times', [`${time} 00O hello\n${time} 01E oops\n`], ['hello', 'oops']],
    ['a line that the runner broke', [`${time} 01O hel\n${time} 01O+lo\n${time} 01O next\n`], ['hello', 'next']],
    ['what only looks like a time', ['2026-01-02T03:04:05Z 00O hello\n'], ['2026-01-02T03:04:05Z 00O hello']],
    [
      'a section that ends where another begins',
      [`section_start:1:one\r${esc}[0KOne\nx\nsection_end:2:one\r${esc}[0Ksection_start:2:two\r${esc}[0KTwo\ny\n`],
      ['One', 'x', 'Two', 'y'],
    ],
    ['a section without a title', [`section_start:1:step_script\r${esc}[0K\nx\n`], ['step script', 'x']],
    ['the word alone', ['section_start is a word\n'], ['section_start is a word']],
  ])('%s', (_, given, expected) => {
    expect(textsOf(...given)).toEqual(expected)
  })

  test('wherever the text is cut, the lines are the same', () => {
    const text = `${time} 00O section_start:1:a[collapsed=true]\r${esc}[0K${esc}[36;1mA${esc}[0;m\n${time} 01O 1\r2\r\n${time} 01O+3\n${time} 00O section_end:4:a\r${esc}[0K\nend\n`
    const whole = logOf(text)
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parts = logOf(text.slice(0, cut), text.slice(cut))
      expect(parts.lines).toEqual(whole.lines)
      expect(parts.sections).toEqual(whole.sections)
    }
  })

  test('times are kept beside the line', () => {
    expect(logOf(`${time} 00O hello\nplain\n`).lines.map((line) => line.time)).toEqual([time, null])
  })

  test('the line that is being written shows before it ends, once', () => {
    const log = logOf('a\n10 %\r20 %')
    expect(log.unfinished?.text).toBe('20 %')
    log.add('\r30 %\n')
    expect(log.unfinished).toBeNull()
    expect(log.lines.map((line) => line.text)).toEqual(['a', '30 %'])
  })

  test('an end that has no beginning closes nothing; an outer end closes what is inside', () => {
    const log = logOf('section_end:1:x\rA\nsection_start:2:out\r\nsection_start:3:in\r\nb\nsection_end:9:out\r\nc\n')
    expect(log.sections.map(({ name, parent, start, end }) => [name, parent, start, end])).toEqual([
      ['out', -1, 2, 9],
      ['in', 0, 3, 9],
    ])
    expect(log.lines.map((line) => [line.text, line.section])).toEqual([
      ['A', -1],
      ['out', -1],
      ['in', 0],
      ['b', 1],
      ['c', -1],
    ])
  })
})

describe('colours', () => {
  test('pieces of one style each, without the codes', () => {
    const pieces = piecesOf(`a${esc}[32;1mb${esc}[0Kc${esc}[0;md`, plainStyle)
    expect(pieces.map(({ text, style }) => [text, style.fore, style.bold])).toEqual([
      ['a', null, false],
      ['b', 2, true],
      ['c', 2, true],
      ['d', null, false],
    ])
  })

  test.each([
    ['38;5;196', { fore: [255, 0, 0] }],
    ['38;5;9', { fore: 9 }],
    ['48;5;244', { back: [128, 128, 128] }],
    ['38;2;1;2;300', { fore: [1, 2, 255] }],
    ['94;101', { fore: 12, back: 9 }],
    ['31;39', { fore: null }],
    ['', {}],
  ])('%s', (codes, expected) => {
    expect(styleAfter(`${esc}[${codes}m`, plainStyle)).toEqual({ ...plainStyle, ...expected })
  })

  test('a colour lasts until it is taken back, also in later lines', () => {
    const log = logOf(`${esc}[31mred\nstill\n${esc}[0mplain\nplain\n`)
    expect(log.lines.map((line) => line.style.fore)).toEqual([null, 1, 1, null])
  })
})

describe('what is shown and found', () => {
  const log = logOf(
    `start\nsection_start:1:out[collapsed=true]\rOut\none\nsection_start:1:in\rIn\nTwo\nsection_end:2:in\rsection_end:2:out\r\nend\n`,
  )

  test('a closed section hides its lines and the sections in it, not its title', () => {
    expect(visibleLines(log.lines, log.sections, new Map())).toEqual([0, 1, 5])
    expect(visibleLines(log.lines, log.sections, new Map([[0, false]]))).toEqual([0, 1, 2, 3, 4, 5])
    expect(
      visibleLines(
        log.lines,
        log.sections,
        new Map([
          [0, false],
          [1, true],
        ]),
      ),
    ).toEqual([0, 1, 2, 3, 5])
  })

  test('a search finds text whatever its case and colours, and opens what hides it', () => {
    expect(matchingLines(log.lines, 'tWO')).toEqual([4])
    expect(matchingLines(log.lines, '.')).toEqual([])
    expect(matchingLines(logOf(`a${esc}[1mb\n`).lines, 'AB')).toEqual([0])
    const line = log.lines[4]
    if (!line) throw new Error('no such line')
    expect(visibleLines(log.lines, log.sections, openedFor(line, log.sections, new Map()))).toContain(4)
  })
})

describe('rows in view', () => {
  test.each([10, 1_000, 799_000, 5_000_000])('the first and the last of %i rows can be reached', (count) => {
    const height = 600
    expect(rowWindow({ count, top: 0, height }).first).toBe(0)
    const end = rowWindow({ count, top: Math.max(spaceFor(count) - height, 0), height })
    expect(end.last).toBe(count)
    expect(end.last - end.first).toBeLessThan(90)
  })

  test('scrolling to a row brings it into view', () => {
    for (const count of [1_000, 5_000_000]) {
      const row = Math.floor(count / 2)
      const at = rowWindow({ count, top: scrollTopOf(row, count, 600), height: 600 })
      expect(at.first).toBeLessThan(row)
      expect(at.last).toBeGreaterThan(row)
      expect(at.offset + (row - at.first) * rowHeight - scrollTopOf(row, count, 600)).toBeCloseTo(300, -1)
    }
  })
})
