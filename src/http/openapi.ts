/** The OpenAPI 3.1 description of the API, made from the operations themselves. */
import { z } from 'zod'
import { type Operation, pathParameters } from '../contract/operation.ts'

type Json = Readonly<Record<string, unknown>>

/** @param operations all that are served */
export function openApiDocument(operations: readonly Operation[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [operation.method.toLowerCase()]: describe(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Countersign',
      version,
      description:
        'GitLab REST API v4 for deployments and their approval. Parameters may come in the query, as a form or as JSON, whatever the verb.',
    },
    servers: [{ url: '/api/v4' }],
    components: {
      schemas: { Error: errorSchema },
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'PRIVATE-TOKEN' },
        bearer: { type: 'http', scheme: 'bearer' },
        jobToken: { type: 'apiKey', in: 'header', name: 'JOB-TOKEN' },
      },
    },
    tags: [...new Set(operations.map((operation) => operation.tag))].toSorted().map((name) => ({ name })),
    paths: Object.fromEntries(Object.entries(paths).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  }
}

function describe(operation: Operation): Json {
  const schema = schemaOf(operation.params, 'input')
  const properties = (schema['properties'] ?? {}) as Record<string, Json>
  const required = (schema['required'] ?? []) as readonly string[]
  const inPath = pathParameters(operation.path)
  const others = Object.keys(properties).filter((name) => !inPath.includes(name))
  const inQuery = operation.method === 'GET' || operation.method === 'DELETE'
  const parameters = [
    ...inPath.map((name) => ({ name, in: 'path', required: true, schema: properties[name] ?? { type: 'string' } })),
    ...(inQuery ? others : []).map((name) => ({
      name,
      in: 'query',
      required: required.includes(name),
      schema: properties[name],
    })),
  ]
  return {
    operationId: operation.id,
    summary: operation.summary,
    tags: [operation.tag],
    security: security(operation),
    ...(operation.auth === 'required' ? { 'x-scopes': operation.scopes } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(inQuery ? {} : requestBody(operation, others, properties, required)),
    responses: responses(operation, inPath.length > 0),
  }
}

function requestBody(
  operation: Operation,
  names: readonly string[],
  properties: Readonly<Record<string, Json>>,
  required: readonly string[],
): Json {
  if (operation.body === 'stream') return { requestBody: { content: { '*/*': {} } } }
  if (names.length === 0) return {}
  const schema = {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, properties[name]])),
    required: names.filter((name) => required.includes(name)),
  }
  return {
    requestBody: {
      required: schema.required.length > 0,
      content: { 'application/json': { schema } },
    },
  }
}

function responses(operation: Operation, names: boolean): Json {
  const error = (description: string) => ({
    description,
    content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
  })
  const body = operation.raw
    ? { content: { [operation.raw]: {} } }
    : operation.status === 204
      ? {}
      : { content: { 'application/json': { schema: schemaOf(operation.response, 'output') } } }
  return {
    [operation.status]: {
      description: operation.paginated ? 'One page; headers Link, X-Page, X-Next-Page, X-Total' : 'Done',
      ...body,
    },
    400: error('A parameter is missing or not valid, or the call is refused with a sentence'),
    ...(operation.auth === 'none' ? {} : { 401: error('No credential, or one that does not hold') }),
    403: error('Not allowed'),
    ...(names ? { 404: error('Not there, or not visible to this caller') } : {}),
  }
}

const errorSchema = { type: 'object', properties: { message: {}, error: { type: 'string' } } }

function security(operation: Operation): readonly Json[] {
  if (operation.auth === 'none') return []
  if (operation.auth === 'runner') return [{ jobToken: [] }]
  const schemes: Json[] = [{ token: [] }, { bearer: [] }, ...(operation.jobToken ? [{ jobToken: [] }] : [])]
  return operation.auth === 'optional' ? [...schemes, {}] : schemes
}

/** Parameters are described as clients send them, answers as they arrive. */
function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    // What `values.ts` turns into a Date is a text on the wire.
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema._zod.def.type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' })
    },
  }) as Record<string, unknown>
  return json
}
