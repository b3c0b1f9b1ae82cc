/** How others check this server's ID tokens (OpenID Connect Discovery 1.0; the addresses are GitLab's). */
import type { FastifyInstance } from 'fastify'
import type { App } from '../app/context.ts'
import { publicKey } from '../app/signing-key.ts'

/** The key never changes by itself; whoever replaces it waits this long, in seconds. */
const keptFor = 3600

const claims = `
  iss sub aud exp nbf iat jti namespace_id namespace_path project_id project_path job_namespace_id job_namespace_path job_project_id
  job_project_path user_id user_login user_email user_access_level pipeline_id pipeline_source job_id ref ref_type ref_path
  ref_protected environment environment_protected environment_action deployment_tier runner_id runner_environment sha
  project_visibility ci_config_ref_uri ci_config_sha`
  .trim()
  .split(/\s+/)

/** There is no sign-in with this server as provider, so the document names no address for one. */
export function addDiscovery(server: FastifyInstance, app: App): void {
  server.get('/.well-known/openid-configuration', (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keptFor}`).send({
      issuer: app.externalUrl,
      jwks_uri: `${app.externalUrl}/oauth/discovery/keys`,
      response_types_supported: ['id_token'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      scopes_supported: ['openid'],
      claims_supported: claims,
    }),
  )
  server.get('/oauth/discovery/keys', async (_request, reply) =>
    reply.header('cache-control', `public, max-age=${keptFor}`).send({ keys: [await publicKey(app)] }),
  )
}
