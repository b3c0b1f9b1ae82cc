import { Group, Text } from '@mantine/core'
import {
  type AccessToken,
  revokePersonalAccessToken,
  rotatePersonalAccessToken,
} from '../../../contract/access-tokens.ts'
import { ConfirmAction } from '../../components/confirm-action.tsx'
import { RelativeTime } from '../../components/relative-time.tsx'
import { Facts, Row } from '../../components/row-list.tsx'
import { StatusBadge } from '../../components/status-badge.tsx'
import { Tag, Tags } from '../../components/tags.tsx'

interface TokenRowProps {
  readonly token: AccessToken
  /** Called with the new token, which is told this once. */
  readonly onRotated: (made: { readonly name: string; readonly token: string }) => void
}

/** A token, how long it works, and what may be done to it. */
export function TokenRow({ token, onRotated }: TokenRowProps) {
  const { name } = token
  const refusal = token.active ? null : token.revoked ? 'It was revoked.' : 'It has expired.'
  return (
    <Row
      end={
        <Group gap="xs">
          <ConfirmAction
            operation={rotatePersonalAccessToken}
            input={{ id: token.id }}
            refusal={refusal}
            label="Rotate"
            accessibleLabel={`Rotate ${name}`}
            title="Rotate token"
            done={`${name} was replaced.`}
            onDone={(answer) => onRotated(answer)}
            size="xs"
            variant="default"
          >
            Revokes {name} at once and makes another token with the same scopes. It works for a week, or for as long as
            this one did if that is shorter.
          </ConfirmAction>
          <ConfirmAction
            operation={revokePersonalAccessToken}
            input={{ id: token.id }}
            refusal={refusal}
            label="Revoke"
            accessibleLabel={`Revoke ${name}`}
            title="Revoke token"
            done={`${name} was revoked.`}
            danger
            size="xs"
            variant="default"
          >
            Whatever uses {name} is refused from now on. It cannot be undone.
          </ConfirmAction>
        </Group>
      }
    >
      <Facts>
        <Text span fw={600}>
          {name}
        </Text>
        {token.active ? null : <StatusBadge status={token.revoked ? 'revoked' : 'expired'} />}
        {token.description ? <span>{token.description}</span> : null}
      </Facts>
      <Facts>
        <Text span inherit c="dimmed">
          made <RelativeTime at={token.created_at} />
        </Text>
        <Text span inherit c="dimmed">
          {token.last_used_at === null ? (
            'never used'
          ) : (
            <>
              used <RelativeTime at={token.last_used_at} />
            </>
          )}
        </Text>
        <Text span inherit c="dimmed">
          {token.expires_at === null ? 'does not expire' : `expires on ${token.expires_at}`}
        </Text>
      </Facts>
      <Tags>
        {token.scopes.map((scope) => (
          <Tag key={scope}>{scope}</Tag>
        ))}
      </Tags>
    </Row>
  )
}
