/** What waits for a person, over all projects. GitLab has no such list. */
import { z } from 'zod'
import { deploymentExtended } from './deployments.ts'
import { operation } from './operation.ts'
import { oneOf, paging } from './values.ts'

export const inboxDeployment = deploymentExtended.extend({
  project: z.object({ id: z.number(), name: z.string(), path_with_namespace: z.string(), web_url: z.string() }),
})
export type InboxDeployment = z.output<typeof inboxDeployment>

export const listInbox = operation({
  id: 'listInbox',
  method: 'GET',
  path: '/deployments/inbox',
  tag: 'Deployments',
  summary: 'Blocked deployments that this person can decide, those that wait for others, or those recently decided',
  params: {
    scope: oneOf(['waiting_for_me', 'waiting_for_others', 'recently_decided']).default('waiting_for_me'),
    ...paging,
  },
  response: z.array(inboxDeployment),
})

export const inboxCount = operation({
  id: 'inboxCount',
  method: 'GET',
  path: '/deployments/inbox/count',
  tag: 'Deployments',
  summary: 'How many deployments wait for this person',
  response: z.object({ waiting_for_me: z.number() }),
})
