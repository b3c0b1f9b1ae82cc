/** Version API and Metadata API. */
import { apiVersion } from '../../app/version.ts'
import { getMetadata, getVersion } from '../../contract/metadata.ts'
import { ok } from '../../domain/result.ts'
import { implement, type Route } from '../call.ts'

const version = { version: apiVersion, revision: 'countersign' }

export const metadataRoutes: Route[] = [
  implement(getVersion, async () => ok(version)),
  implement(getMetadata, async () =>
    ok({
      ...version,
      kas: { enabled: false, externalUrl: null, externalK8sProxyUrl: null, version: null },
      // Deployment approvals are in GitLab's enterprise edition, and clients ask for them only there.
      enterprise: true,
    }),
  ),
]
