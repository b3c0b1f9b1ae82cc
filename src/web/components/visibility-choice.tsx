import { Radio, Stack } from '@mantine/core'

type Level = 'private' | 'internal' | 'public'

interface VisibilityChoiceProps {
  readonly value?: Level
  readonly onChange?: (level: Level) => void
  /** Why this person may not choose, in the server's words; null: they may. */
  readonly refusal?: string | null
}

/** Who sees a project or group, to choose from. */
export function VisibilityChoice({ value = 'private', onChange, refusal = null }: VisibilityChoiceProps) {
  return (
    <Radio.Group label="Visibility" description={refusal} value={value} onChange={(level) => onChange?.(level)}>
      <Stack gap="xs" mt={6}>
        <Radio disabled={refusal !== null} value="private" label="Private" description="Only its members see it." />
        <Radio
          disabled={refusal !== null}
          value="internal"
          label="Internal"
          description="Everybody who is signed in sees it."
        />
        <Radio disabled={refusal !== null} value="public" label="Public" description="Everybody sees it." />
      </Stack>
    </Radio.Group>
  )
}
