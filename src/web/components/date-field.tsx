import { TextInput } from '@mantine/core'

interface DateFieldProps {
  readonly label: string
  readonly description?: string
  /** YYYY-MM-DD; empty for none. */
  readonly value: string
  readonly onChange: (value: string) => void
}

/** A day, in the browser's own calendar. */
export function DateField({ value, onChange, ...props }: DateFieldProps) {
  return <TextInput type="date" {...props} value={value} onChange={(event) => onChange(event.currentTarget.value)} />
}
