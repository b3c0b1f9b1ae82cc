import { describe, expect, test } from 'vitest'
import { floatText, resolvePlainScalar } from '../../src/ci/scalar.ts'

describe('plain scalars mean what Ruby makes of them', () => {
  test.each<[source: string, value: unknown, text: string]>([
    ['', null, ''],
    ['~', null, ''],
    ['null', null, ''],
    ['Null', null, ''],
    ['true', true, 'true'],
    ['True', true, 'true'],
    ['yes', true, 'true'],
    ['ON', true, 'true'],
    ['no', false, 'false'],
    ['off', false, 'false'],
    ['False', false, 'false'],
    ['y', 'y', 'y'],
    ['n', 'n', 'n'],
    ['nulls', 'nulls', 'nulls'],
    ['0', 0, '0'],
    ['1', 1, '1'],
    ['-17', -17, '-17'],
    ['+3', 3, '3'],
    ['0777', 511, '511'],
    ['0o17', '0o17', '0o17'],
    ['089', '089', '089'],
    ['0x1F', 31, '31'],
    ['0b101', 5, '5'],
    ['1_000', 1000, '1000'],
    ['1,000', 1000, '1000'],
    ['12345678901234567890', 12345678901234567000, '12345678901234567890'],
    ['12:30:00', 45000, '45000'],
    ['1:30', 5400, '5400'],
    ['3.10', 3.1, '3.1'],
    ['1.0', 1, '1.0'],
    ['.5', 0.5, '0.5'],
    ['1.5e+3', 1500, '1500.0'],
    ['1.2.3', '1.2.3', '1.2.3'],
    ['1e3', '1e3', '1e3'],
    ['-', '-', '-'],
    ['.', '.', '.'],
    ['2024-01-31', '2024-01-31', '2024-01-31'],
    ['2024-01-31 10:00:00', '2024-01-31 10:00:00', '2024-01-31 10:00:00'],
    ['v1', 'v1', 'v1'],
    ['a: b', 'a: b', 'a: b'],
  ])('%j', (source, value, text) => {
    expect(resolvePlainScalar(source)).toMatchObject({ value, text })
  })

  test('a number of thousands of digits stays text', () => {
    const digits = '9'.repeat(5_000)
    expect(resolvePlainScalar(digits)).toEqual({ value: digits, text: digits })
  })

  test.each([
    [1, '1.0'],
    [0.1, '0.1'],
    [1e15, '1000000000000000.0'],
    [1e16, '1.0e+16'],
    [1.5e20, '1.5e+20'],
    [0.0001, '0.0001'],
    [0.00001, '1.0e-05'],
    [-2.5, '-2.5'],
  ])('the float %d prints as %s', (value, text) => {
    expect(floatText(value)).toBe(text)
  })
})
