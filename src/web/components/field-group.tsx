import { Stack } from '@mantine/core'
import type { ReactNode } from 'react'
import classes from './field-group.module.css'

/** Fields that belong together, with what they are together. */
export function FieldGroup({ legend, children }: { readonly legend: string; readonly children: ReactNode }) {
  return (
    <fieldset className={classes.group}>
      <legend>{legend}</legend>
      <Stack gap="xs">{children}</Stack>
    </fieldset>
  )
}
