/** What this server says it is (GitLab Version API, Metadata API). */
import { z } from 'zod'
import { operation } from './operation.ts'

const version = z.object({ version: z.string(), revision: z.string() })
const scopes = ['api', 'read_api', 'read_user']

export const getVersion = operation({
  id: 'getVersion',
  method: 'GET',
  path: '/version',
  tag: 'Metadata',
  summary: 'The GitLab version whose API this server speaks',
  response: version,
  scopes,
})

export const getMetadata = operation({
  id: 'getMetadata',
  method: 'GET',
  path: '/metadata',
  tag: 'Metadata',
  summary: 'The same with what belongs to it',
  response: version.extend({
    kas: z.object({
      enabled: z.boolean(),
      externalUrl: z.string().nullable(),
      externalK8sProxyUrl: z.string().nullable(),
      version: z.string().nullable(),
    }),
    enterprise: z.boolean(),
  }),
  scopes,
})
