import { Stack, Text } from '@mantine/core'
import type { EnvironmentOverview } from '../../../contract/environment-overview.ts'
import { DataList } from '../../components/data-list.tsx'
import { Section } from '../../components/section.tsx'
import { approvals } from '../../decision/missing-text.ts'

/** What a deployment to this environment has to pass. */
export function ProtectionSection({ environment }: { readonly environment: EnvironmentOverview }) {
  const { protection } = environment
  return (
    <Section title="Protection" padded>
      {protection ? (
        <Stack gap="sm">
          <DataList
            items={[
              ...protection.rules.map(
                (rule) => [rule.name ?? 'Deployers', approvals(rule.required_approvals)] as const,
              ),
              ...(protection.rules.length === 0 ? [['Approvals', 'none required'] as const] : []),
              ['After approval', protection.start === 'manual' ? 'somebody starts it' : 'starts by itself'],
              ['Tier', environment.tier],
            ]}
          />
          <Text size="sm">
            {protection.you_may_deploy
              ? 'You are allowed to deploy here.'
              : `You are not allowed to deploy to the protected environment ${environment.name}.`}
          </Text>
        </Stack>
      ) : (
        <Text size="sm" c="dimmed">
          Not protected: deployments run without approval. Tier: {environment.tier}.
        </Text>
      )}
    </Section>
  )
}
