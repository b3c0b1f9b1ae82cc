import { Group, Text } from '@mantine/core'
import { AppLink } from '../../../components/app-link.tsx'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { DialogButton } from '../../../components/dialog-button.tsx'
import { RelativeTime } from '../../../components/relative-time.tsx'
import { Facts, Row } from '../../../components/row-list.tsx'
import { StatusBadge } from '../../../components/status-badge.tsx'
import { type SettingsPlace, settingsPath } from '../settings-place.ts'
import { HookForm } from './hook-form.tsx'
import { HookTest } from './hook-test.tsx'
import { type Hook, hooksOf, triggers } from './operations.ts'

interface HookRowProps {
  readonly place: SettingsPlace
  readonly hook: Hook
  readonly refusal: string | null
}

/** One webhook: where to, what of, and whether it gets through. */
export function HookRow({ place, hook, refusal }: HookRowProps) {
  const { id, url, alert_status: status, disabled_until: until } = hook
  const name = hook.name || url
  const button = { refusal, size: 'xs', variant: 'default' } as const
  return (
    <Row
      end={
        <Group gap="xs">
          <DialogButton label="Test" accessibleLabel={`Test ${name}`} title={`Test ${name}`} {...button}>
            {(close) => <HookTest place={place} hook={hook} close={close} />}
          </DialogButton>
          <DialogButton label="Edit" accessibleLabel={`Edit ${name}`} title="Edit webhook" {...button}>
            {(close) => <HookForm place={place} hook={hook} close={close} />}
          </DialogButton>
          <ConfirmAction
            operation={hooksOf(place).destroy}
            input={{ id: place.id, hook_id: id }}
            label="Delete"
            accessibleLabel={`Delete ${name}`}
            title="Delete webhook"
            done={`${name} was deleted.`}
            danger
            {...button}
          >
            <strong>{url}</strong> is not told of <strong>{place.name}</strong> any more.
          </ConfirmAction>
        </Group>
      }
    >
      <Text fw={600} className="mono">
        {url}
      </Text>
      {hook.description || hook.name ? (
        <Text size="sm" c="dimmed">
          {[hook.name, hook.description].filter(Boolean).join(': ')}
        </Text>
      ) : null}
      <Facts>
        {status === 'executable' ? null : <StatusBadge status={status} />}
        {until === null ? null : (
          <span>
            tried again <RelativeTime at={until} />
          </span>
        )}
        <span>{toldOf(hook)}</span>
        {hook.enable_ssl_verification ? null : <span>certificate not verified</span>}
        <AppLink to={settingsPath(place, 'hooks/deliveries', `?id=${id}`)} aria-label={`Recent deliveries to ${name}`}>
          Recent deliveries
        </AppLink>
      </Facts>
    </Row>
  )
}

function toldOf(hook: Hook): string {
  const names = triggers.filter(([flag]) => hook[flag]).map(([, label]) => label)
  return names.length === 0 ? 'nothing chosen' : names.join(', ')
}
