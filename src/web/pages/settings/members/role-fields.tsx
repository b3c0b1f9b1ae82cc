import { SimpleGrid } from '@mantine/core'
import type { ReactNode } from 'react'
import { DateField } from '../../../components/date-field.tsx'
import { type RoleLevel, RoleSelect } from '../../../components/role-select.tsx'

export interface RoleValues {
  readonly role: RoleLevel
  /** YYYY-MM-DD; empty: for ever. */
  readonly expiry: string
}

interface RoleFieldsProps {
  readonly values: RoleValues
  readonly onChange: (values: RoleValues) => void
  /** Who gets the role, beside it. */
  readonly children?: ReactNode
}

/** A role, and until when it is given. */
export function RoleFields({ values, onChange, children }: RoleFieldsProps) {
  return (
    <SimpleGrid cols={{ base: 1, sm: children ? 3 : 2 }} spacing="md">
      {children}
      <RoleSelect value={values.role} onChange={(role) => onChange({ ...values, role })} />
      <DateField
        label="Expires (optional)"
        value={values.expiry}
        onChange={(expiry) => onChange({ ...values, expiry })}
      />
    </SimpleGrid>
  )
}
