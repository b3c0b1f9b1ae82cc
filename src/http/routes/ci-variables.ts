/** CI/CD variables APIs of projects, groups and the instance. */
import { createVariable, deleteVariable, updateVariable, type VariableChanges } from '../../app/change-ci-variable.ts'
import { groupVariables, instanceVariables, projectVariables } from '../../contract/ci-variables.ts'
import { type CiVariable, type VariableOwner, variablePage, variablesNamed } from '../../db/ci-variables.ts'
import type { CiVariableValues, VariableType } from '../../domain/ci-variable.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok, type Result } from '../../domain/result.ts'
import { implement, type Knock, type Route } from '../call.ts'
import { forAdministrators, groupFor, projectFor } from '../find.ts'
import { mapPage } from '../pagination.ts'
import { presentInstanceVariable, presentVariable } from '../present/ci-variable.ts'

type OwnerOf = (call: Knock) => Promise<Result<VariableOwner, Refusal>>

const projectOwner: OwnerOf = async (call) => {
  const found = await projectFor(call, 'admin_variables')
  return found.ok ? ok({ kind: 'project', id: found.value.project.id }) : found
}

const groupOwner: OwnerOf = async (call) => {
  const found = await groupFor(call, 'admin_group_variables')
  return found.ok ? ok({ kind: 'group', id: found.value.group.id }) : found
}

const instance: VariableOwner = { kind: 'instance', id: null }
const instanceOwner: OwnerOf = async ({ actor }) => {
  const refusal: Refusal | null = actor ? forAdministrators(actor) : { code: 'unauthorized' }
  return refusal ? err(refusal) : ok(instance)
}

export const ciVariableRoutes: Route[] = [
  ...scopedRoutes(projectVariables, projectOwner, 'Variable'),
  ...scopedRoutes(groupVariables, groupOwner, 'GroupVariable'),
  ...instanceRoutes(),
]

/** @param what names the variable in a 404, as GitLab does */
function scopedRoutes(
  { list, get, create, update, destroy }: typeof projectVariables,
  ownerOf: OwnerOf,
  what: string,
): Route[] {
  const first = { authorizeFirst: ownerOf }
  const one = async (call: Knock & { input: { key: string; filter?: Filter } }) => {
    const owner = await ownerOf(call)
    if (!owner.ok) return owner
    return onlyOne(call, owner.value, what)
  }
  return [
    implement(
      list,
      async (call) => {
        const owner = await ownerOf(call)
        return owner.ok ? ok(mapPage(await variablePage(call.app.db, owner.value, call.input), presentVariable)) : owner
      },
      first,
    ),
    implement(
      get,
      async (call) => {
        const found = await one(call)
        return found.ok ? ok(presentVariable(found.value.variable)) : found
      },
      first,
    ),
    implement(
      create,
      async (call) => {
        const owner = await ownerOf(call)
        if (!owner.ok) return owner
        const { masked_and_hidden: hidden = false, ...input } = call.input
        const values = newValues({ ...input, masked: hidden || input.masked }, hidden)
        const made = await createVariable(call.app, call.actor, owner.value, values)
        return made.ok ? ok(presentVariable(made.value)) : made
      },
      first,
    ),
    implement(
      update,
      async (call) => {
        const found = await one(call)
        if (!found.ok) return found
        const { owner, variable } = found.value
        const changed = await updateVariable(call.app, call.actor, owner, variable, changesOf(call.input))
        return changed.ok ? ok(presentVariable(changed.value)) : changed
      },
      first,
    ),
    implement(
      destroy,
      async (call) => {
        const found = await one(call)
        if (!found.ok) return found
        return deleteVariable(call.app, call.actor, found.value.owner, found.value.variable.id)
      },
      first,
    ),
  ]
}

function instanceRoutes(): Route[] {
  const { list, get, create, update, destroy } = instanceVariables
  const first = { authorizeFirst: instanceOwner }
  const one = (call: { app: Knock['app']; input: { key: string } }) => onlyOne(call, instance, 'InstanceVariable')
  return [
    implement(
      list,
      async ({ app, input }) => ok(mapPage(await variablePage(app.db, instance, input), presentInstanceVariable)),
      first,
    ),
    implement(
      get,
      async (call) => {
        const found = await one(call)
        return found.ok ? ok(presentInstanceVariable(found.value.variable)) : found
      },
      first,
    ),
    implement(
      create,
      async ({ app, actor, input }) => {
        const made = await createVariable(app, actor, instance, newValues(input, false))
        return made.ok ? ok(presentInstanceVariable(made.value)) : made
      },
      first,
    ),
    implement(
      update,
      async (call) => {
        const found = await one(call)
        if (!found.ok) return found
        const { app, actor, input } = call
        const changed = await updateVariable(app, actor, instance, found.value.variable, changesOf(input))
        return changed.ok ? ok(presentInstanceVariable(changed.value)) : changed
      },
      first,
    ),
    implement(
      destroy,
      async (call) => {
        const found = await one(call)
        return found.ok ? deleteVariable(call.app, call.actor, instance, found.value.variable.id) : found
      },
      first,
    ),
  ]
}

type Filter = { readonly environment_scope?: string | undefined } | undefined

/** The variable of this key; 409 when several environments have one and the caller does not say which. */
async function onlyOne(
  call: { readonly app: Knock['app']; readonly input: { readonly key: string; readonly filter?: Filter } },
  owner: VariableOwner,
  what: string,
): Promise<Result<{ owner: VariableOwner; variable: CiVariable }, Refusal>> {
  const { key, filter } = call.input
  const [variable, second] = await variablesNamed(call.app.db, owner, key, filter?.environment_scope)
  if (!variable) return err({ code: 'not_found', what })
  if (!second) return ok({ owner, variable })
  const sentence = "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'"
  return err({ code: 'conflict', sentence })
}

interface Given {
  readonly value?: string | undefined
  readonly variable_type?: VariableType | undefined
  readonly protected?: boolean | undefined
  readonly masked?: boolean | undefined
  readonly raw?: boolean | undefined
  readonly environment_scope?: string | undefined
  readonly description?: string | null | undefined
}

function newValues(input: Given & { readonly key: string; readonly value: string }, hidden: boolean): CiVariableValues {
  return {
    key: input.key,
    value: input.value,
    variableType: input.variable_type ?? 'env_var',
    protected: input.protected ?? false,
    masked: input.masked ?? false,
    hidden,
    raw: input.raw ?? false,
    environmentScope: input.environment_scope ?? '*',
    description: input.description ?? null,
  }
}

function changesOf(input: Given): VariableChanges {
  return {
    value: input.value,
    variableType: input.variable_type,
    protected: input.protected,
    masked: input.masked,
    raw: input.raw,
    environmentScope: input.environment_scope,
    description: input.description,
  }
}
