/** A cron text of five fields in plain words; null where it has no simple reading. The server alone decides what it means. */

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]

/** "at 23:00 on Friday", "every 15 minutes in December". */
export function cronInWords(text: string): string | null {
  const fields = text.trim().split(/\s+/)
  const [minute, hour, date, month, day] = fields
  if (fields.length !== 5 || !minute || !hour || !date || !month || !day) return null
  const time = timeOf(minute, hour)
  const dates = date === '*' ? '' : named(date, (value) => (value >= 1 && value <= 31 ? String(value) : null), [])
  const week = day === '*' ? '' : named(day, (value) => (value <= 7 ? (days[value % 7] ?? null) : null), days)
  const year = month === '*' ? '' : named(month, (value) => months[value - 1] ?? null, months)
  if (time === null || dates === null || week === null || year === null) return null
  const when = [
    ...(dates === '' ? [] : [`on day ${dates} of the month`]),
    ...(week === '' ? [] : [`on ${week}`]),
    // With neither, every day is meant, which only a time of day needs to say.
    ...(dates === '' && week === '' && /^at \d\d:/.test(time) ? ['every day'] : []),
  ].join(' or ')
  return [time, when, year === '' ? '' : `in ${year}`].filter((part) => part !== '').join(' ')
}

function timeOf(minute: string, hour: string): string | null {
  const step = /^\*\/(\d+)$/.exec(minute)?.[1]
  if (hour === '*') {
    if (minute === '*') return 'every minute'
    if (step) return `every ${step} minutes`
    return /^\d+$/.test(minute) ? `at minute ${minute} of every hour` : null
  }
  const minutes = numbers(minute, 59)
  const hours = numbers(hour, 23)
  if (!minutes || !hours || minutes.length * hours.length > 4) return null
  const two = (value: number) => String(value).padStart(2, '0')
  return `at ${list(hours.flatMap((h) => minutes.map((m) => `${two(h)}:${two(m)}`)))}`
}

function numbers(field: string, most: number): number[] | null {
  if (!/^\d+(,\d+)*$/.test(field)) return null
  const values = field.split(',').map(Number)
  return values.every((value) => value <= most) ? values : null
}

/** A field of numbers, names, ranges and lists of them. */
function named(field: string, name: (value: number) => string | null, names: readonly string[]): string | null {
  const value = (text: string) => {
    const index = names.findIndex((each) => each.slice(0, 3).toLowerCase() === text.toLowerCase())
    // Months are counted from 1, days from Sunday, which is 0.
    if (index >= 0) return names[index] ?? null
    return /^\d+$/.test(text) ? name(Number(text)) : null
  }
  const parts = field.split(',').map((part) => {
    const ends = part.split('-').map(value)
    return ends.length > 2 || ends.includes(null) ? null : ends.join(' to ')
  })
  return parts.includes(null) ? null : list(parts.filter((part) => part !== null))
}

function list(items: readonly string[]): string {
  return new Intl.ListFormat('en').format(items)
}
