import { Button, Group, Text } from '@mantine/core'
import { useState } from 'react'
import type { CiVariableEntity } from '../../../../contract/ci-variables.ts'
import { CodeLines } from '../../../components/code-lines.tsx'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { Row } from '../../../components/row-list.tsx'
import { Tag, Tags } from '../../../components/tags.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { oneVariable, variablesOf } from './operations.ts'
import { VariableForm } from './variable-form.tsx'

interface VariableRowProps {
  readonly place: SettingsPlace
  readonly variable: CiVariableEntity
  readonly refusal: string | null
}

/** One variable; its value is not shown before somebody asks for it. */
export function VariableRow({ place, variable, refusal }: VariableRowProps) {
  const [shown, setShown] = useState(false)
  const { key, environment_scope: scope, value } = variable
  // Several environments may have a variable of this key.
  const name = scope === '*' ? key : `${key} of ${scope}`
  return (
    <Row
      end={
        <Group gap="xs">
          <Button
            variant="default"
            size="xs"
            disabled={value === null}
            aria-label={`${shown ? 'Hide' : 'Show'} value of ${name}`}
            onClick={() => setShown(!shown)}
          >
            {shown ? 'Hide value' : 'Show value'}
          </Button>
          <DialogButton
            label="Edit"
            accessibleLabel={`Edit ${name}`}
            title={`Edit ${key}`}
            refusal={refusal}
            size="xs"
            variant="default"
          >
            {(close) => <VariableForm place={place} variable={variable} close={close} />}
          </DialogButton>
          <ConfirmAction
            operation={variablesOf(place).destroy}
            input={oneVariable(place, variable)}
            refusal={refusal}
            label="Delete"
            accessibleLabel={`Delete ${name}`}
            title={`Delete ${key}`}
            done={`${key} was deleted.`}
            danger
            size="xs"
            variant="default"
          >
            Jobs of <strong>{place.name}</strong> are not given <strong>{key}</strong> any more (scope: {scope}).
          </ConfirmAction>
        </Group>
      }
    >
      <Tags>
        <Text span fw={600} className="mono">
          {key}
        </Text>
        <Tag note="scope">{scope}</Tag>
        {flagsOf(variable).map((flag) => (
          <Text key={flag} span size="xs" c="dimmed">
            {flag}
          </Text>
        ))}
      </Tags>
      {variable.description ? (
        <Text size="sm" c="dimmed">
          {variable.description}
        </Text>
      ) : null}
      {shown && value !== null ? <CodeLines label={`Value of ${name}`} lines={[value]} /> : null}
    </Row>
  )
}

function flagsOf(variable: CiVariableEntity): string[] {
  return [
    ...(variable.variable_type === 'file' ? ['file'] : []),
    ...(variable.protected ? ['protected'] : []),
    ...(variable.hidden ? ['masked and hidden'] : variable.masked ? ['masked'] : []),
    ...(variable.raw ? ['not expanded'] : []),
  ]
}
