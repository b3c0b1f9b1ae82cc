/** The GitLab version whose API this server speaks: clients switch features on by it. */
import type { ServerFacts } from '../ci/predefined.ts'
import type { App } from './context.ts'

export const apiVersion = '18.6.0'

export function serverFacts(app: App): ServerFacts {
  return { url: app.externalUrl, version: apiVersion }
}
