import { expect, it } from 'vitest'
import { parseCiPushOptions } from '../../src/git/push-options.ts'

const none = { skip: false, variables: [], inputs: [], unknown: [] }

it.each([
  [[], none],
  [['ci.skip'], { ...none, skip: true }],
  [['ci.variable=A=B'], { ...none, variables: [{ key: 'A', value: 'B' }] }],
  [
    ['ci.variable=A=B=C d', 'ci.variable=E='],
    {
      ...none,
      variables: [
        { key: 'A', value: 'B=C d' },
        { key: 'E', value: '' },
      ],
    },
  ],
  [['ci.variable=A=line\nline'], { ...none, variables: [{ key: 'A', value: 'line\nline' }] }],
  [['ci.input=env=prod'], { ...none, inputs: [{ key: 'env', value: 'prod' }] }],
  [
    ['ci.variable=A', 'ci.variable==B', 'ci.variable'],
    { ...none, unknown: ['ci.variable=A', 'ci.variable==B', 'ci.variable'] },
  ],
  [['ci.skip=no', 'merge_request.create', ''], { ...none, unknown: ['ci.skip=no', 'merge_request.create', ''] }],
])('%j', (options, expected) => expect(parseCiPushOptions(options)).toEqual(expected))
