import { expect, test } from 'vitest'
import { type CiVariableValues, variableProblems, visibilityProblems } from '../../src/domain/ci-variable.ts'

const variable = (values: Partial<CiVariableValues>): CiVariableValues => ({
  key: 'KEY',
  value: 'value',
  variableType: 'env_var',
  protected: false,
  masked: false,
  hidden: false,
  raw: false,
  environmentScope: '*',
  description: null,
  ...values,
})
const keyCharacters = "can contain only letters, digits and '_'."
const scopeCharacters = "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces"

test.each<[Partial<CiVariableValues>, Record<string, string[]>]>([
  [{}, {}],
  [{ key: 'a_B_9' }, {}],
  [{ key: 'x'.repeat(255) }, {}],
  [{ key: '' }, { key: ["can't be blank", keyCharacters] }],
  [{ key: 'x'.repeat(256) }, { key: ['is too long (maximum is 255 characters)'] }],
  [{ key: 'A-B' }, { key: [keyCharacters] }],
  [{ key: 'A B' }, { key: [keyCharacters] }],
  [{ key: 'SCHLÜSSEL' }, { key: [keyCharacters] }],
  [{ value: '' }, {}],
  [{ masked: true, value: 'abcdefgh' }, {}],
  [{ masked: true, value: 'aZ09_+=/@:.~-' }, {}],
  [{ masked: true, value: 'abcdefg' }, { value: ['is invalid'] }],
  [{ masked: true, value: '' }, { value: ['is invalid'] }],
  [{ masked: true, value: 'abcd efgh' }, { value: ['is invalid'] }],
  [{ masked: true, value: 'abcdefgh\nijklmnop' }, { value: ['is invalid'] }],
  [{ masked: true, value: 'abcdefgh\n' }, { value: ['is invalid'] }],
  [{ masked: true, value: 'p$ssword!' }, { value: ['is invalid'] }],
  [{ masked: true, raw: true, value: 'p$ssword!' }, {}],
  [{ masked: true, raw: true, value: 'p$ss word!' }, { value: ['is invalid'] }],
  [{ masked: true, raw: true, value: 'p$sswo!' }, { value: ['is invalid'] }],
  [{ environmentScope: 'review/*' }, {}],
  [{ environmentScope: '${X}.y z_-1' }, {}],
  [{ environmentScope: '' }, { environment_scope: ["can't be blank", scopeCharacters] }],
  [{ environmentScope: 'prod?' }, { environment_scope: [scopeCharacters] }],
  [{ description: 'x'.repeat(255) }, {}],
  [{ description: 'x'.repeat(256) }, { description: ['is too long (maximum is 255 characters)'] }],
])('%j', (values, problems) => expect(variableProblems(variable(values))).toEqual(problems))

test.each<[Partial<CiVariableValues>, Partial<CiVariableValues>, boolean]>([
  [{ masked: true }, { masked: false }, true],
  [{ masked: false }, { masked: true }, true],
  [{ masked: true, hidden: true }, { masked: true, hidden: true, value: 'another1' }, true],
  [{ masked: true, hidden: true }, { masked: false, hidden: true }, false],
])('from %j to %j', (before, after, allowed) => {
  expect(visibilityProblems(variable(before), variable(after))).toEqual(
    allowed ? {} : { base: ['The visibility setting cannot be changed for masked and hidden variables.'] },
  )
})
