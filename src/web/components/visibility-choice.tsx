import { Radio, Stack } from '@mantine/core'

type Level = 'private' | 'internal' | 'public'

interface VisibilityChoiceProps {
  readonly value?: Level
  readonly onChange?: (level: Level) => void
}

/** Who sees a project or group, to choose from. */
export function VisibilityChoice({ value = 'private', onChange }: VisibilityChoiceProps) {
  return (
    <Radio.Group label="Visibility" value={value} onChange={(level) => onChange?.(level)}>
      <Stack gap="xs" mt={6}>
        <Radio value="private" label="Private" description="Only its members see it." />
        <Radio value="internal" label="Internal" description="Everybody who is signed in sees it." />
        <Radio value="public" label="Public" description="Everybody sees it." />
      </Stack>
    </Radio.Group>
  )
}
