import { Checkbox, NativeSelect, NumberInput, SimpleGrid, Stack, TextInput } from '@mantine/core'
import { useForm } from '@mantine/form'
import type { Project } from '../../../../contract/project-entities.ts'
import { updateProject } from '../../../../contract/projects.ts'
import { useWrite } from '../../../api/query.ts'
import { FieldGroup } from '../../../components/field-group.tsx'
import { say } from '../../../components/said.ts'
import { Section } from '../../../components/section.tsx'
import { WriteForm } from '../../../components/write-form.tsx'
import { type SettingsPlace, useRefusal } from '../settings-place.ts'
import { changed } from './changed.ts'

const modes = [
  { value: 'unordered', label: 'Whichever is ready (unordered)' },
  { value: 'oldest_first', label: 'The oldest pipeline first (oldest_first)' },
  { value: 'newest_first', label: 'The newest pipeline first (newest_first)' },
  { value: 'newest_ready_first', label: 'The newest pipeline that is ready first (newest_ready_first)' },
] as const

type Mode = (typeof modes)[number]['value']

const switches = [
  [
    'ci_forward_deployment_enabled',
    'Prevent outdated deployments',
    'A deployment that is older than the last one to its environment does not run.',
  ],
  [
    'ci_forward_deployment_rollback_allowed',
    'Allow rollbacks all the same',
    'An older deployment may be run again by somebody.',
  ],
  [
    'cancel',
    'Cancel redundant pipelines',
    'A new push cancels older pipelines of its branch, as far as their jobs allow it.',
  ],
  ['public_jobs', 'Open pipelines', 'Whoever sees the project sees its pipelines and job logs.'],
  [
    'keep_latest_artifact',
    'Keep the latest artifacts',
    'Those of the last successful pipeline of each branch or tag do not expire.',
  ],
  ['group_runners_enabled', 'Use the runners of the groups above', ''],
  ['shared_runners_enabled', 'Use the runners of the server', ''],
] as const

/** What pipelines and deployments of a project do. */
export function PipelineForm({ place, project }: { readonly place: SettingsPlace; readonly project: Project }) {
  const refusal = useRefusal(place, { project: 'admin_project' })
  const update = useWrite(updateProject)
  const before = valuesOf(project)
  const form = useForm({ initialValues: before })
  const save = () => {
    const { cancel, minutes, git_depth: depth, ...same } = changed(before, form.values)
    update.mutate(
      {
        id: place.id,
        ...same,
        ...(cancel === undefined ? {} : { auto_cancel_pending_pipelines: cancel ? 'enabled' : 'disabled' }),
        ...(minutes === undefined ? {} : { build_timeout: Number(minutes) * 60 }),
        ...(depth === undefined ? {} : { ci_default_git_depth: depth === '' ? null : Number(depth) }),
      },
      { onSuccess: () => say('The pipeline settings were changed.') },
    )
  }
  return (
    <Section title="Pipelines and deployments" padded>
      <WriteForm
        label="Pipelines and deployments"
        submit="Save pipeline settings"
        onSubmit={save}
        write={update}
        refusal={refusal}
      >
        <FieldGroup legend="Behaviour">
          <Stack gap="sm">
            {switches.map(([field, label, description]) => (
              <Checkbox
                key={field}
                label={label}
                description={description}
                {...form.getInputProps(field, { type: 'checkbox' })}
              />
            ))}
          </Stack>
        </FieldGroup>
        <SimpleGrid cols={{ base: 1, sm: 2 }}>
          <TextInput
            label="Configuration file"
            placeholder=".gitlab-ci.yml"
            classNames={{ input: 'mono' }}
            {...form.getInputProps('ci_config_path')}
          />
          <NativeSelect
            label="Turns in resource groups"
            data={[...modes]}
            {...form.getInputProps('resource_group_default_process_mode')}
          />
          <NumberInput
            label="Timeout of jobs, in minutes"
            min={10}
            allowDecimal={false}
            {...form.getInputProps('minutes')}
          />
          <NumberInput
            label="Commits that jobs fetch"
            description="0 or empty: all of them."
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            min={0}
            max={1000}
            allowDecimal={false}
            {...form.getInputProps('git_depth')}
          />
        </SimpleGrid>
      </WriteForm>
    </Section>
  )
}

function valuesOf(project: Project) {
  return {
    ci_forward_deployment_enabled: project.ci_forward_deployment_enabled ?? true,
    ci_forward_deployment_rollback_allowed: project.ci_forward_deployment_rollback_allowed ?? true,
    cancel: project.auto_cancel_pending_pipelines !== 'disabled',
    public_jobs: project.public_jobs ?? true,
    keep_latest_artifact: project.keep_latest_artifact ?? true,
    group_runners_enabled: project.group_runners_enabled ?? true,
    shared_runners_enabled: project.shared_runners_enabled ?? true,
    ci_config_path: project.ci_config_path ?? '',
    resource_group_default_process_mode: modeOf(project.resource_group_default_process_mode),
    minutes: ((project.build_timeout ?? 3600) / 60) as number | string,
    git_depth: project.ci_default_git_depth ?? ('' as number | string),
  }
}

function modeOf(mode: string | undefined): Mode {
  return modes.find(({ value }) => value === mode)?.value ?? 'unordered'
}
