import { Stack, Text, UnstyledButton } from '@mantine/core'
import type { LintResult } from '../../../contract/ci-lint.ts'
import { CodeLines } from '../../components/code-lines.tsx'
import { Notice } from '../../components/notice.tsx'
import { Facts, Row, RowList } from '../../components/row-list.tsx'
import { Section } from '../../components/section.tsx'
import { Tag, Tags } from '../../components/tags.tsx'
import classes from './pipeline.module.css'

interface LintAnswerProps {
  readonly answer: LintResult
  /** Shows a line of the text that was checked, counted from 1. */
  readonly showLine: (line: number) => void
}

/** What the server says about a configuration: errors where they are, the jobs, and the text after includes. */
export function LintAnswer({ answer, showLine }: LintAnswerProps) {
  const { valid, errors, warnings, locations, jobs, merged_yaml: merged } = answer
  return (
    <Stack gap="lg">
      {valid ? (
        <Text fw={600}>The configuration is valid.</Text>
      ) : (
        <Notice tone="bad" title={errors.length === 1 ? 'One error' : `${errors.length} errors`}>
          <ol className={classes.problems}>
            {errors.map((error, index) => (
              <li key={`${index} ${error}`}>
                {error} <Place location={locations[index]} showLine={showLine} />
              </li>
            ))}
          </ol>
        </Notice>
      )}
      {warnings.length === 0 ? null : (
        <Notice tone="wait" title={warnings.length === 1 ? 'One warning' : `${warnings.length} warnings`}>
          <ul className={classes.problems}>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </Notice>
      )}
      {jobs && jobs.length > 0 ? <Jobs jobs={jobs} /> : null}
      {merged === null ? null : (
        <Section title="Merged configuration" padded>
          <CodeLines label="Merged text" lines={merged.trimEnd().split('\n')} />
        </Section>
      )}
    </Stack>
  )
}

interface PlaceProps {
  readonly location: LintResult['locations'][number] | undefined
  readonly showLine: (line: number) => void
}

/** Where an error is; a line of the text itself can be jumped to. */
function Place({ location, showLine }: PlaceProps) {
  if (!location || location.line === null) return null
  const { file, line, column } = location
  const place = `line ${line}${column === null ? '' : `, column ${column}`}`
  if (file !== '' && file !== '.gitlab-ci.yml') return <>({`${file}, ${place}`})</>
  return (
    <UnstyledButton fz="sm" td="underline" onClick={() => showLine(line)}>
      {place}
    </UnstyledButton>
  )
}

function Jobs({ jobs }: { readonly jobs: NonNullable<LintResult['jobs']> }) {
  return (
    <Section title="Jobs" count={jobs.length}>
      <RowList label="Jobs">
        {jobs.map((job) => (
          <Row key={job.name}>
            <Facts>
              <Text span fw={600}>
                {job.name}
              </Text>
              <span>stage {job.stage}</span>
              {job.environment === null ? null : <span>deploys to {job.environment}</span>}
              {job.when === 'on_success' ? null : <span>when {job.when.replaceAll('_', ' ')}</span>}
              {job.allow_failure ? <span>may fail</span> : null}
              {job.needs === null ? null : (
                <span>needs {job.needs.map(({ name }) => name).join(', ') || 'nothing'}</span>
              )}
            </Facts>
            {job.tag_list.length === 0 ? null : (
              <Tags>
                {job.tag_list.map((tag) => (
                  <Tag key={tag}>{tag}</Tag>
                ))}
              </Tags>
            )}
          </Row>
        ))}
      </RowList>
    </Section>
  )
}
