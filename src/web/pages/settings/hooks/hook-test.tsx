import { NativeSelect, Text } from '@mantine/core'
import { useState } from 'react'
import { send, useWrite } from '../../../api/query.ts'
import { say } from '../../../components/said.ts'
import { WriteForm } from '../../../components/write-form.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { type Hook, hooksOf, type Trigger, triggers } from './operations.ts'

interface HookTestProps {
  readonly place: SettingsPlace
  readonly hook: Hook
  readonly close: () => void
}

/** Sends the newest thing of a kind to a webhook, to see whether it gets through. */
export function HookTest({ place, hook, close }: HookTestProps) {
  const test = useWrite(hooksOf(place).test)
  const [trigger, setTrigger] = useState<Trigger>(triggers.find(([flag]) => hook[flag])?.[0] ?? 'push_events')
  const save = () =>
    send(test, { id: place.id, hook_id: hook.id, trigger }, () => {
      say(`${hook.url} answered.`)
      close()
    })
  return (
    <WriteForm
      label="Test webhook"
      submit="Send"
      failure="It did not get through"
      onSubmit={save}
      write={test}
      cancel={close}
    >
      <Text>
        The newest thing of this kind is sent to <strong>{hook.url}</strong>.
      </Text>
      <NativeSelect
        label="Kind"
        value={trigger}
        data={triggers.map(([value, label]) => ({ value, label }))}
        onChange={(event) => setTrigger(event.currentTarget.value as Trigger)}
      />
    </WriteForm>
  )
}
