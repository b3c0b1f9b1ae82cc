import { Stack, Text } from '@mantine/core'
import type { Project } from '../../../contract/project-entities.ts'
import { CodeLines } from '../../components/code-lines.tsx'
import { Section } from '../../components/section.tsx'

/** How the first commit gets into an empty repository, and what makes a deployment of it. */
export function PushInstructions({ project }: { readonly project: Project }) {
  const branch = project.default_branch ?? 'main'
  const url = project.http_url_to_repo
  return (
    <Section title="The repository is empty" padded>
      <Stack gap="md">
        <Text>Push what you have:</Text>
        <CodeLines
          label="Push an existing repository"
          lines={[`git remote add origin ${url}`, `git push --set-upstream origin ${branch}`]}
        />
        <Text>
          Git asks for your username and, as password, for a personal access token with the scope{' '}
          <code>write_repository</code>.
        </Text>
        <Text>
          A job with an environment makes a deployment. This <code>.gitlab-ci.yml</code> is enough to begin with:
        </Text>
        <CodeLines
          label="Example of a .gitlab-ci.yml"
          lines={[
            'stages:',
            '  - deploy',
            '',
            'production:',
            '  stage: deploy',
            '  script:',
            `    - 'echo "Deploying to \${CI_ENVIRONMENT_NAME}"'`,
            '  environment:',
            '    name: ${CI_JOB_NAME}',
          ]}
        />
        <Text>Once the environment is protected, each deployment to it waits for approvals.</Text>
      </Stack>
    </Section>
  )
}
