import { Group, Text } from '@mantine/core'
import type { ItemOf } from '../../../../contract/client.ts'
import type { projectAccessTokens } from '../../../../contract/resource-tokens.ts'
import { ConfirmAction } from '../../../components/confirm-action.tsx'
import { RelativeTime } from '../../../components/relative-time.tsx'
import { roleName } from '../../../components/role-name.ts'
import { Facts, Row } from '../../../components/row-list.tsx'
import { Tag, Tags } from '../../../components/tags.tsx'
import type { SettingsPlace } from '../settings-place.ts'
import { type TokenMade, tokensOf } from './operations.ts'

interface TokenRowProps {
  readonly place: SettingsPlace
  readonly token: ItemOf<typeof projectAccessTokens.list>
  readonly refusal: string | null
  readonly onMade: (made: TokenMade) => void
}

/** One token that works. */
export function TokenRow({ place, token, refusal, onMade }: TokenRowProps) {
  const { id, name, last_used_at: used, expires_at: expires } = token
  const operations = tokensOf(place)
  const input = { id: place.id, token_id: id }
  return (
    <Row
      end={
        <Group gap="xs">
          <ConfirmAction
            operation={operations.rotate}
            input={input}
            refusal={refusal}
            label="Rotate"
            accessibleLabel={`Rotate ${name}`}
            title={`Rotate ${name}`}
            done={`${name} was replaced by a new token.`}
            onDone={onMade}
            size="xs"
            variant="default"
          >
            <strong>{name}</strong> stops working at once. A new token with the same scopes takes its place; it works
            for a week.
          </ConfirmAction>
          <ConfirmAction
            operation={operations.revoke}
            input={input}
            refusal={refusal}
            label="Revoke"
            accessibleLabel={`Revoke ${name}`}
            title={`Revoke ${name}`}
            done={`${name} was revoked.`}
            danger
            size="xs"
            variant="default"
          >
            <strong>{name}</strong> stops working at once, and its bot is no member of <strong>{place.name}</strong> any
            more.
          </ConfirmAction>
        </Group>
      }
    >
      <Text fw={600}>{name}</Text>
      {token.description ? (
        <Text size="sm" c="dimmed">
          {token.description}
        </Text>
      ) : null}
      <Facts>
        {token.access_level === null ? null : <span>{roleName(token.access_level)}</span>}
        <span>made {<RelativeTime at={token.created_at} />}</span>
        <span>{used === null ? 'never used' : <>used {<RelativeTime at={used} />}</>}</span>
        <span>{expires === null ? 'never expires' : `expires on ${expires}`}</span>
      </Facts>
      <Tags>
        {token.scopes.map((scope) => (
          <Tag key={scope}>{scope}</Tag>
        ))}
      </Tags>
    </Row>
  )
}
