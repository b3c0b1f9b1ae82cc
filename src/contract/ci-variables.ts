/** CI/CD variables of projects, groups and the instance (GitLab Project-, Group- and Instance-level CI/CD variables APIs). */
import { z } from 'zod'
import { variableTypes } from '../domain/ci-variable.ts'
import { operation } from './operation.ts'
import { bool, idOrPath, oneOf, paging, text } from './values.ts'

const anyVariable = z.object({
  variable_type: z.enum(variableTypes),
  key: z.string(),
  /** Null when the variable is hidden. */
  value: z.string().nullable(),
  protected: z.boolean(),
  masked: z.boolean(),
  raw: z.boolean(),
  description: z.string().nullable(),
})
export const ciVariable = anyVariable.extend({ hidden: z.boolean(), environment_scope: z.string() })
export const instanceVariable = anyVariable
export type CiVariableEntity = z.output<typeof ciVariable>
export type InstanceVariableEntity = z.output<typeof instanceVariable>

const flags = {
  protected: bool().optional(),
  masked: bool().optional(),
  raw: bool().optional(),
  variable_type: oneOf(variableTypes).optional(),
  description: text().nullish(),
}
const scoped = { ...flags, environment_scope: text().optional() }
const hiding = { masked_and_hidden: bool().optional() }
const key = text()
const value = text()

function scopedOperations(owner: 'Project' | 'Group') {
  const tag = 'CI/CD variables'
  const path = `/${owner.toLowerCase()}s/:id/variables`
  const what = `of a ${owner.toLowerCase()}`
  const one = {
    id: idOrPath(),
    key,
    /** Which one, where several environments have a variable of this key. */
    filter: z.object({ environment_scope: text().optional() }).optional(),
  }
  return {
    list: operation({
      id: `list${owner}Variables`,
      method: 'GET',
      path,
      tag,
      summary: `List the CI/CD variables ${what}`,
      params: { id: idOrPath(), ...paging },
      response: z.array(ciVariable),
    }),
    get: operation({
      id: `get${owner}Variable`,
      method: 'GET',
      path: `${path}/:key`,
      tag,
      summary: `One CI/CD variable ${what}`,
      params: one,
      response: ciVariable,
    }),
    create: operation({
      id: `create${owner}Variable`,
      method: 'POST',
      path,
      tag,
      summary: `Create a CI/CD variable ${what}`,
      params: { id: idOrPath(), key, value, ...scoped, ...hiding },
      response: ciVariable,
    }),
    update: operation({
      id: `update${owner}Variable`,
      method: 'PUT',
      path: `${path}/:key`,
      tag,
      summary: `Change a CI/CD variable ${what}`,
      params: { ...one, value: value.optional(), ...scoped },
      response: ciVariable,
    }),
    destroy: operation({
      id: `delete${owner}Variable`,
      method: 'DELETE',
      path: `${path}/:key`,
      tag,
      summary: `Delete a CI/CD variable ${what}`,
      params: one,
    }),
  }
}

export const projectVariables = scopedOperations('Project')
export const groupVariables = scopedOperations('Group')

const tag = 'CI/CD variables'
const path = '/admin/ci/variables'

export const instanceVariables = {
  list: operation({
    id: 'listInstanceVariables',
    method: 'GET',
    path,
    tag,
    summary: 'List the CI/CD variables of the instance',
    params: { ...paging },
    response: z.array(instanceVariable),
  }),
  get: operation({
    id: 'getInstanceVariable',
    method: 'GET',
    path: `${path}/:key`,
    tag,
    summary: 'One CI/CD variable of the instance',
    params: { key },
    response: instanceVariable,
  }),
  create: operation({
    id: 'createInstanceVariable',
    method: 'POST',
    path,
    tag,
    summary: 'Create a CI/CD variable of the instance',
    params: { key, value, ...flags },
    response: instanceVariable,
  }),
  update: operation({
    id: 'updateInstanceVariable',
    method: 'PUT',
    path: `${path}/:key`,
    tag,
    summary: 'Change a CI/CD variable of the instance',
    params: { key, value: value.optional(), ...flags },
    response: instanceVariable,
  }),
  destroy: operation({
    id: 'deleteInstanceVariable',
    method: 'DELETE',
    path: `${path}/:key`,
    tag,
    summary: 'Delete a CI/CD variable of the instance',
    params: { key },
  }),
}
