/**
 * What an unquoted YAML scalar means. GitLab reads YAML with Ruby's Psych, which follows YAML 1.1 with its own deviations:
 * `yes`, `on` and `off` are booleans but `y` and `n` are not, `0777` is octal, `1_000` and `1,000` are integers, `12:30:00` is
 * sexagesimal. Dates stay text here, since nothing in the language takes a date.
 */
export interface PlainScalar {
  readonly value: string | number | boolean | null
  readonly text: string
  readonly float?: true
}

const INTEGER = /^[-+]?(?:0b_*[01][01_]*|0_*[0-7][0-7_]*|0|[1-9](?:[0-9]|[,_][0-9])*|0x_*[0-9a-fA-F][0-9a-fA-F_]*)$/
const FLOAT = /^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][+-][0-9]+)?$/
const SEXAGESIMAL = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}$/
const WORDS = new Map<string, boolean | null>([
  ['~', null],
  ['null', null],
  ['yes', true],
  ['true', true],
  ['on', true],
  ['no', false],
  ['false', false],
  ['off', false],
])

export function resolvePlainScalar(source: string): PlainScalar {
  if (source === '') return { value: null, text: '' }
  const first = source.charCodeAt(0)
  const numeric = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46
  if (!numeric) return resolveWord(source)
  return resolveNumber(source)
}

function resolveWord(source: string): PlainScalar {
  if (source.length > 5) return { value: source, text: source }
  const word = WORDS.get(source) ?? WORDS.get(source.toLowerCase())
  if (word === undefined) {
    return WORDS.has(source.toLowerCase()) ? { value: null, text: '' } : { value: source, text: source }
  }
  return word === null ? { value: null, text: '' } : { value: word, text: String(word) }
}

function resolveNumber(source: string): PlainScalar {
  if (INTEGER.test(source)) return integer(source)
  if (FLOAT.test(source) && /[0-9]/.test(source)) {
    const value = Number(source.replace(/[,_]/g, '').replace(/\.(?=[eE]|$)/, ''))
    return { value, text: floatText(value), float: true }
  }
  if (SEXAGESIMAL.test(source)) return sexagesimal(source)
  return { value: source, text: source }
}

function integer(source: string): PlainScalar {
  const digits = source.replace(/[,_]/g, '')
  const negative = digits.startsWith('-')
  const body = digits.replace(/^[-+]/, '')
  // Turning thousands of digits into another base takes long, and nobody writes them.
  if (body.length > 100) return { value: source, text: source }
  const big = /^0[0-7]/.test(body) ? BigInt(`0o${body.slice(1)}`) : BigInt(body)
  const signed = negative ? -big : big
  return { value: Number(signed), text: signed.toString() }
}

function sexagesimal(source: string): PlainScalar {
  const parts = source.replace(/_/g, '').split(':')
  // Each part has the weight 60 to the power of its distance from the third: `1:30` counts as hours and minutes.
  const value = parts.reduce((sum, part, index) => sum + Number.parseInt(part, 10) * 60 ** Math.abs(index - 2), 0)
  return { value, text: String(value) }
}

/** A float as Ruby prints it, since that text becomes the variable: `1.0`, `3.1`, `1.0e+20`, `1.0e-05`. */
export function floatText(value: number): string {
  const magnitude = Math.abs(value)
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-4)) {
    const [mantissa = '0', exponent = '0'] = value.toExponential().split('e')
    const power = Number(exponent)
    const digits = String(Math.abs(power)).padStart(2, '0')
    return `${mantissa.includes('.') ? mantissa : `${mantissa}.0`}e${power < 0 ? '-' : '+'}${digits}`
  }
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}
