/** GitLab CI Lint API. */
import { z } from 'zod'
import { operation } from './operation.ts'
import { bool, idOrPath, text } from './values.ts'

const tag = 'CI Lint'

const lintResult = z.object({
  valid: z.boolean(),
  errors: z.array(z.string()),
  warnings: z.array(z.string()),
  /** Null when the text could not be put together at all. */
  merged_yaml: z.string().nullable(),
  includes: z.array(
    z.object({
      type: z.enum(['local', 'file']),
      location: z.string(),
      blob: z.string(),
      raw: z.string(),
      extra: z.record(z.string(), z.string()),
      context_project: z.string(),
      context_sha: z.string(),
    }),
  ),
  jobs: z
    .array(
      z.object({
        name: z.string(),
        stage: z.string(),
        before_script: z.array(z.string()),
        script: z.array(z.string()),
        after_script: z.array(z.string()),
        tag_list: z.array(z.string()),
        environment: z.string().nullable(),
        when: z.string(),
        allow_failure: z.boolean(),
        needs: z.array(z.object({ name: z.string(), artifacts: z.boolean(), optional: z.boolean() })).nullable(),
      }),
    )
    .optional(),
  /** Extra: where each error is, in the order of `errors`. Lines and columns count from 1. */
  locations: z.array(z.object({ file: z.string(), line: z.number().nullable(), column: z.number().nullable() })),
})
export type LintResult = z.output<typeof lintResult>

export const lintContent = operation({
  id: 'lintContent',
  method: 'POST',
  path: '/projects/:id/ci/lint',
  tag,
  summary: 'Check a configuration in the context of a project',
  params: {
    id: idOrPath(),
    content: text(),
    dry_run: bool().default(false),
    include_jobs: bool().default(false),
    ref: text({ max: 1024 }).optional(),
  },
  response: lintResult,
  status: 200,
})

export const lintProject = operation({
  id: 'lintProject',
  method: 'GET',
  path: '/projects/:id/ci/lint',
  tag,
  summary: "Check the configuration in a project's repository",
  params: {
    id: idOrPath(),
    content_ref: text({ max: 1024 }).optional(),
    sha: text({ max: 1024 }).optional(),
    dry_run: bool().default(false),
    include_jobs: bool().default(false),
    dry_run_ref: text({ max: 1024 }).optional(),
    ref: text({ max: 1024 }).optional(),
  },
  response: lintResult,
  auth: 'optional',
})
