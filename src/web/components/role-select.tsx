import { NativeSelect } from '@mantine/core'
import { roleName } from './role-name.ts'

const levels = [10, 15, 20, 30, 40, 50] as const
export type RoleLevel = (typeof levels)[number]

interface RoleSelectProps {
  readonly value: RoleLevel
  readonly onChange: (level: RoleLevel) => void
  readonly label?: string
}

/** A role to give. */
export function RoleSelect({ value, onChange, label = 'Role' }: RoleSelectProps) {
  return (
    <NativeSelect
      label={label}
      value={String(value)}
      data={levels.map((level) => ({ value: String(level), label: roleName(level) }))}
      onChange={(event) => onChange(Number(event.currentTarget.value) as RoleLevel)}
    />
  )
}

/** The role of an access level that the server answered, for a form. */
export function asRole(level: number): RoleLevel {
  return levels.find((each) => each === level) ?? 30
}
