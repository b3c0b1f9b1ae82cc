/** `@gitbeaker/rest` as its maintainers ship it, against a server of a test. */
import { Gitlab } from '@gitbeaker/rest'
import type { TestServer } from './server.ts'

export type Gitbeaker = InstanceType<typeof Gitlab>

export function gitbeaker(server: Pick<TestServer, 'url'>, token: string): Gitbeaker {
  return new Gitlab({ host: server.url, token })
}
