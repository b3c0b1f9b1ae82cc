import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, files, jobOf, messagesOf, variable } from './helpers/compile.ts'

/** A main file with inputs, and the script they come out in. */
const withInputs = (spec: string, script: string) => `spec:\n  inputs: ${spec}\n---\nj:\n  script: ${script}\n`
const scriptOf = async (spec: string, script: string, inputs: Record<string, unknown> = {}) =>
  (await jobOf(withInputs(spec, script), 'j', { inputs })).script
const refusal = async (spec: string, script: string, inputs: Record<string, unknown> = {}) =>
  (await messagesOf(withInputs(spec, script), { inputs }))[0]

describe('inputs', () => {
  test.each<[spec: string, inputs: Record<string, unknown>, result: string]>([
    ['{a: {default: d}}', {}, 'd'],
    ['{a: {default: d}}', { a: 'given' }, 'given'],
    ['{a: }', { a: 'given' }, 'given'],
    ['{a: {type: string}}', { a: 5 }, '5'],
    ['{a: {default: 1.0}}', {}, '1.0'],
    ['{a: {default: }}', {}, ''],
    ['{a: {type: number, default: 5}}', {}, '5'],
    ['{a: {type: number}}', { a: '7' }, '7'],
    ['{a: {type: boolean}}', { a: true }, 'true'],
    ['{a: {type: boolean}}', { a: 'false' }, 'false'],
    ['{a: {type: array}}', { a: ['x', 1] }, '["x", 1]'],
    ['{a: {type: array}}', { a: '["x"]' }, '["x"]'],
    ['{a: {options: [x, y]}}', { a: 'y' }, 'y'],
    ['{a: {options: [1, 2]}}', { a: '2' }, '2'],
    ['{a: {type: number, options: [1, 2]}}', { a: 2 }, '2'],
    ['{a: {regex: "^v\\\\d+$"}}', { a: 'v12' }, 'v12'],
    ['{a: {default: x, description: text}}', {}, 'x'],
  ])('%s with %j is %s', async (spec, inputs, result) => {
    expect(await scriptOf(spec, '"-$[[ inputs.a ]]-"', inputs)).toEqual([`-${result}-`])
  })

  test.each<[spec: string, inputs: Record<string, unknown>, message: string]>([
    ['{a: }', {}, '`a` input: required value has not been provided'],
    ['{a: {default: x}}', { b: 1, c: 2 }, 'unknown input arguments: b, c'],
    ['{a: {type: number}}', { a: 'x' }, '`a` input: provided value is not a number'],
    ['{a: {type: number, default: x}}', { a: 1 }, '`a` input: default value is not a number'],
    ['{a: {type: boolean}}', { a: 'yes' }, '`a` input: provided value is not a boolean'],
    ['{a: {type: array}}', { a: 'x' }, '`a` input: provided value is not an array'],
    [
      '{a: {options: [x, y]}}',
      { a: 'z' },
      '`a` input: `z` cannot be used because it is not in the list of allowed options',
    ],
    [
      '{a: {type: number, options: [1, 2]}}',
      { a: 3 },
      '`a` input: `3` cannot be used because it is not in the list of the allowed options',
    ],
    [
      '{a: {type: boolean, options: [true]}}',
      { a: true },
      '`a` input: Options can only be used with string and number inputs',
    ],
    ['{a: {regex: ^v}}', { a: 'x' }, '`a` input: provided value does not match required RegEx pattern'],
    ['{a: {regex: ^v, default: x}}', {}, '`a` input: default value does not match required RegEx pattern'],
    ['{a: {regex: "("}}', { a: 'x' }, '`a` input: invalid regular expression'],
    ['{a: {type: number, regex: x}}', { a: 1 }, '`a` input: RegEx validation can only be used with string inputs'],
    [
      '{a: , b: }',
      {},
      '`a` input: required value has not been provided, `b` input: required value has not been provided',
    ],
    ['{a: {type: date}}', {}, 'header:spec:inputs:a input type unknown value: date'],
    ['{a: {foo: x}}', {}, 'header:spec:inputs:a config contains unknown keys: foo'],
    ['{a: x}', {}, 'header:spec:inputs:a config should be a hash'],
    ['[a]', {}, 'header:spec:inputs config should be a hash'],
    [`{a: {options: [${'x, '.repeat(50)}x]}}`, {}, 'header:spec:inputs:a config cannot define more than 50 options'],
    [
      '{a: {options: [x, ]}}',
      { a: 'y' },
      '`a` input: `y` cannot be used because it is not in the list of allowed options',
    ],
    ['{a: {options: [x, null]}}', {}, 'header:spec:inputs:a config options array cannot contain null values'],
    [
      '{a: {rules: [{default: x}], options: [x]}}',
      {},
      'header:spec:inputs:a config these keys cannot be used together: rules, options',
    ],
  ])('%s with %j is refused', async (spec, inputs, message) => {
    expect(await refusal(spec, '"$[[ inputs.a ]]"', inputs)).toBe(message)
  })

  test('rules choose a default and options', async () => {
    const spec = `{env: {default: dev}, size: {rules: [{if: '$[[ inputs.env ]] == "prod"', default: big, options: [big, huge]}, {default: small}]}}`
    expect(await scriptOf(spec, '"$[[ inputs.size ]]"')).toEqual(['small'])
    expect(await scriptOf(spec, '"$[[ inputs.size ]]"', { env: 'prod' })).toEqual(['big'])
    expect(await scriptOf(spec, '"$[[ inputs.size ]]"', { env: 'prod', size: 'huge' })).toEqual(['huge'])
    expect(await refusal(spec, 'x', { env: 'prod', size: 'small' })).toBe(
      '`size` input: `small` cannot be used because it is not in the list of allowed options',
    )
  })

  test('a header is refused for more than spec', async () => {
    expect(await messagesOf('spec: {}\nfoo: 1\n---\nj: {script: a}')).toEqual([
      'header config contains unknown keys: foo',
    ])
    expect(await messagesOf('spec: {foo: 1}\n---\nj: {script: a}')).toEqual([
      'header:spec config contains unknown keys: foo',
    ])
  })

  test('more than 20 inputs of a pipeline are refused', async () => {
    const inputs = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`i${index}`, 1]))
    expect(await messagesOf('j: {script: a}', { inputs })).toEqual(['There cannot be more than 20 inputs'])
  })

  test('inputs need a header', async () => {
    expect(await messagesOf('j: {script: a}', { inputs: { a: 1 } })).toEqual([
      'Given inputs not defined in the `spec` section of the included configuration file',
    ])
  })

  test('included files have inputs of their own', async () => {
    const from = files({
      'a.yml': withInputs('{name: {default: x}}', '"$[[ inputs.name ]]"').replace('j:', '"$[[ inputs.name ]]-job":'),
    })
    const text = 'include: [{local: a.yml, inputs: {name: one}}, {local: a.yml}]\n'
    const result = await compile(text, {}, from)
    expect(result.kind === 'plan' && result.plan.jobs.map((job) => [job.name, job.script[0]])).toEqual([
      ['one-job', 'one'],
      ['x-job', 'x'],
    ])
    expect(await messagesOf('include: [{local: a.yml, inputs: {nam: one}}]', {}, from)).toEqual([
      '`a.yml`: unknown input arguments: nam',
    ])
    expect(await messagesOf('include: [{local: a.yml, inputs: one}]', {}, from)).toEqual([
      '`a.yml`: Given inputs must be a hash',
    ])
  })

  test('inputs declared in other files', async () => {
    const from = files({
      'inputs.yml': 'inputs: {b: {default: from-file}}',
      'wrong.yml': 'jobs: {}',
      'same.yml': 'inputs: {a: }',
    })
    const text = (include: string) =>
      `spec: {include: [${include}], inputs: {a: {default: own}}}\n---\nj: {script: "$[[ inputs.a ]] $[[ inputs.b ]]"}`
    expect((await jobOf(text('inputs.yml'), 'j', {}, from)).script).toEqual(['own from-file'])
    expect(await messagesOf(text('wrong.yml'), {}, from)).toEqual([
      'Header include file `wrong.yml` contains unknown keys: [:jobs]',
    ])
    expect(await messagesOf(text('same.yml'), {}, from)).toEqual([
      'Duplicate input keys found: a. Input keys must be unique across all included files and inline specifications.',
    ])
  })
})

describe('interpolation', () => {
  const spec =
    '{s: {default: "a b"}, n: {type: number, default: 3}, b: {type: boolean, default: true}, l: {type: array, default: [x, {k: [y, z]}]}}'

  test('a scalar that is one block takes the value with its type', async () => {
    const text = `spec:\n  inputs: ${spec}\n---\n$[[ inputs.b ]]-job:\n  script: ["$[[ inputs.s ]]"]\n  retry: $[[ inputs.n ]]\n  interruptible: $[[ inputs.b ]]\n`
    expect(await messagesOf(text)).toEqual(['retry config must be less than or equal to 2'])
    const job = await jobOf(text.replace('default: 3', 'default: 2'), 'true-job')
    expect(job).toMatchObject({ retry: { max: 2 }, interruptible: true, script: ['a b'] })
  })

  test('a list in a list is spliced in', async () => {
    const text =
      'spec: {inputs: {l: {type: array, default: [b, c]}}}\n---\nj: {script: x, tags: [a, "$[[ inputs.l ]]", d]}'
    expect((await jobOf(text, 'j')).tags).toEqual(['a', 'b', 'c', 'd'])
  })

  test.each([
    ['$[[ inputs.l[0] ]]', 'x'],
    ['$[[ inputs.l[1].k[1] ]]', 'z'],
    ['$[[inputs.s]]', 'a b'],
    ['$[[ inputs.s | truncate(0,1) ]]$[[ inputs.n ]]', 'a3'],
    ['$[[ inputs.s | truncate(2, 5) ]]', 'b'],
    ['$[[ inputs.s | posix_escape ]]', 'a\\ b'],
    ['$[[ inputs.s | truncate(0,2) | posix_escape | truncate(0,2) ]]', 'a\\'],
    ['$[[ matrix.A ]]', '$[[ matrix.A ]]'],
    ['$[[ ]]', '$[[ ]]'],
    ['$[[ inputs.s', '$[[ inputs.s'],
  ])('%s is %j', async (block, result) => {
    expect(await scriptOf(spec, `'-${block}-'`)).toEqual([`-${result}-`])
  })

  test.each([
    ['$[[ inputs ]]', 'invalid pattern used for interpolation. valid pattern is $[[ inputs.input ]]'],
    ['$[[ inputs.nope ]]', 'unknown interpolation provided: `nope` in `inputs.nope`'],
    ['$[[ foo.bar ]]', 'unknown interpolation provided: `foo` in `foo.bar`'],
    ['$[[ inputs.s.t ]]', 'unknown interpolation provided: `t` in `inputs.s.t`'],
    ['$[[ component.name ]]', 'unknown interpolation provided: `name` in `component.name`'],
    ['$[[ inputs.s[0] ]]', 'cannot index into non-array value at [0] in `inputs.s[0]`'],
    ['$[[ inputs.l[3] ]]', 'array index 3 out of bounds (size: 2) in `inputs.l[3]`'],
    ['$[[ inputs.l[x] ]]', 'invalid array index in `inputs.l[x]`: `x` is not a valid index'],
    ['$[[ inputs.l[0 ]]', 'invalid array index in `inputs.l[0`: missing closing bracket'],
    ['$[[ inputs.[0] ]]', 'invalid indexed access without a key in `inputs.[0]`'],
    ['$[[ inputs.l[0]x ]]', 'invalid array index syntax in `inputs.l[0]x`'],
    ['$[[ inputs.l[0][0][0][0][0][0] ]]', 'too many array indices in `inputs.l[0][0][0][0][0][0]` (maximum depth: 5)'],
    [
      '$[[ inputs.s | truncate(0,1) | truncate(0,1) | truncate(0,1) | truncate(0,1) ]]',
      'too many functions in interpolation block',
    ],
    [
      '$[[ inputs.s | upcase ]]',
      'no function matching `upcase`: check that the function name, arguments, and types are correct',
    ],
    [
      '$[[ inputs.s | truncate ]]',
      'no function matching `truncate`: check that the function name, arguments, and types are correct',
    ],
    [
      '$[[ inputs.n | truncate(0,1) ]]',
      'error in `truncate` function: invalid input type: truncate can only be used with string inputs',
    ],
    [
      '$[[ inputs.l | posix_escape ]]',
      'error in `posix_escape` function: invalid input type: posix_escape can only be used with string inputs',
    ],
    [
      '$[[ inputs.b | expand_vars ]]',
      'error in `expand_vars` function: invalid input type: expand_vars can only be used with string inputs',
    ],
    [`$[[ inputs.${'x'.repeat(1_025)} ]]`, 'maximum interpolation expression size exceeded'],
  ])('%s is refused', async (block, message) => {
    expect(await refusal(spec, `'${block}'`)).toBe(message)
  })

  test('expand_vars fills in pipeline variables, keeps unknown ones and refuses masked ones', async () => {
    const text = (value: string) => withInputs(`{a: {default: "${value}"}}`, '"$[[ inputs.a | expand_vars ]]"')
    const context = {
      stored: [
        { ...variable('HIDDEN', 'x', { masked: true }), environmentScope: '*' },
        { ...variable('SCOPED', 'x'), environmentScope: 'prod' },
      ],
    }
    expect((await jobOf(text('$CI_COMMIT_BRANCH-$NOT-$SCOPED'), 'j', context)).script).toEqual(['main-$NOT-$SCOPED'])
    expect(await messagesOf(text('$HIDDEN'), context)).toEqual([
      'error in `expand_vars` function: variable expansion error: masked variables cannot be expanded',
    ])
  })

  test('blocks, nodes and sizes are limited', async () => {
    const blocks = Array.from({ length: 10_001 }, (_, index) => `$[[ inputs.a | truncate(0,${index}) ]]`)
    expect(await refusal('{a: {default: x}}', JSON.stringify(blocks))).toBe('too many interpolation blocks')
    const long = `'${'x'.repeat(1_048_577)}$[[ inputs.a ]]'`
    expect(await refusal('{a: {default: x}}', long)).toBe('config node too large')
    const growing = `'${'$[[ inputs.a ]]'.repeat(2_000)}'`
    expect(await refusal(`{a: {default: ${'x'.repeat(1_000)}}}`, growing)).toBe('config node too large')
  })

  test('the error stands at the scalar', async () => {
    const result = await compile('spec: {inputs: {a: {default: x}}}\n---\nj:\n  script:\n    - $[[ inputs.b ]]\n')
    expect(result).toMatchObject({ errors: [{ line: 5, column: 7 }] })
  })

  test('no text makes it throw', async () => {
    const piece = fc.constantFrom(
      '$[[',
      ']]',
      ' ',
      'inputs.a',
      'inputs',
      '.',
      '[0]',
      '|',
      'truncate(0,1)',
      'x',
      '[',
      ']',
      '$',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 15 }), async (pieces) => {
        const text = withInputs('{a: {default: x}}', JSON.stringify(pieces.join('')))
        expect(['plan', 'errors']).toContain((await compile(text)).kind)
      }),
      { numRuns: 500 },
    )
  })
})
