import { Stack, Text, VisuallyHidden } from '@mantine/core'
import type { EnvironmentOverview } from '../../../contract/environment-overview.ts'
import type { Project } from '../../../contract/project-entities.ts'
import { AppLink } from '../../components/app-link.tsx'
import { DataList } from '../../components/data-list.tsx'
import { Section } from '../../components/section.tsx'
import { approvals } from '../../decision/missing-text.ts'
import { projectPath } from '../../paths.ts'

interface ProtectionSectionProps {
  readonly project: Project
  readonly environment: EnvironmentOverview
}

/** What a deployment to this environment has to pass. */
export function ProtectionSection({ project, environment }: ProtectionSectionProps) {
  const { protection, name } = environment
  const settings = projectPath(project.path_with_namespace, 'settings', 'protected_environments')
  return (
    <Section
      title="Protection"
      padded
      actions={
        protection ? (
          <AppLink to={settings} size="sm">
            Change
            <VisuallyHidden> the protection of {name}</VisuallyHidden>
          </AppLink>
        ) : (
          <AppLink to={`${settings}/new?name=${encodeURIComponent(name)}`} size="sm">
            Protect
            <VisuallyHidden> {name}</VisuallyHidden>
          </AppLink>
        )
      }
    >
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
