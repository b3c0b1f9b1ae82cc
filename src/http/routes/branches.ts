/** Branches API and Tags API. */
import { RE2JS, RE2JSException } from 're2js'
import { createBranch, deleteBranch } from '../../app/change-branch.ts'
import { createTag, deleteTag } from '../../app/change-tag.ts'
import * as contract from '../../contract/branches.ts'
import { pageOf } from '../../db/paging.ts'
import type { Refusal } from '../../domain/refusal.ts'
import { err, ok } from '../../domain/result.ts'
import { findRef, type ListedRef, listRefs } from '../../git/refs.ts'
import { implement, implementOpen, type Route } from '../call.ts'
import { repositoryFor } from '../find-repository.ts'
import { presentBranches, presentTags } from '../present/repository.ts'

const noBranch: Refusal = { code: 'not_found', what: 'Branch' }
const noTag: Refusal = { code: 'not_found', what: 'Tag' }

const branchOrders = {
  name_asc: { orderBy: 'name', sort: 'asc' },
  updated_asc: { orderBy: 'updated', sort: 'asc' },
  updated_desc: { orderBy: 'updated', sort: 'desc' },
} as const

export const branchRoutes: Route[] = [
  implementOpen(contract.listBranches, async (call) => {
    const { app, input, actor } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const pattern = input.regex ? compile(input.regex) : null
    if (pattern === 'invalid') return err({ code: 'refused', sentence: 'Regex is invalid' })
    const options = { ...branchOrders[input.sort], ...(input.search ? { search: input.search } : {}) }
    const refs = await listRefs(found.value.repository, 'branch', options)
    const page = pageOf(pattern ? refs.filter(({ name }) => pattern.matcher(name).find()) : refs, input)
    return ok({ ...page, items: await presentBranches(app, found.value, actor, page.items) })
  }),

  implementOpen(contract.getBranch, async (call) => {
    const { app, input, actor } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const ref = await findRef(found.value.repository, { type: 'branch', name: input.branch })
    const [branch] = ref ? await presentBranches(app, found.value, actor, [ref]) : []
    return branch ? ok(branch) : err(noBranch)
  }),

  implement(contract.createBranch, async (call) => {
    const { app, input, actor } = call
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    const { project, repository } = found.value
    const made = await createBranch(app, actor, { project, name: input.branch, from: input.ref })
    if (!made.ok) return made
    const ref = await findRef(repository, { type: 'branch', name: input.branch })
    const [branch] = ref ? await presentBranches(app, found.value, actor, [ref]) : []
    return branch ? ok(branch) : err(noBranch)
  }),

  implement(contract.deleteBranch, async (call) => {
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    return deleteBranch(call.app, call.actor, { project: found.value.project, name: call.input.branch })
  }),
]

export const tagRoutes: Route[] = [
  implementOpen(contract.listTags, async (call) => {
    const { app, input } = call
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const { order_by: orderBy, sort, search } = input
    const refs = await listRefs(found.value.repository, 'tag', { orderBy, sort, ...(search ? { search } : {}) })
    const page = pageOf<ListedRef>(refs, input)
    return ok({ ...page, items: await presentTags(app, found.value, page.items) })
  }),

  implementOpen(contract.getTag, async (call) => {
    const found = await repositoryFor(call, 'download_code')
    if (!found.ok) return found
    const ref = await findRef(found.value.repository, { type: 'tag', name: call.input.tag_name })
    const [tag] = ref ? await presentTags(call.app, found.value, [ref]) : []
    return tag ? ok(tag) : err(noTag)
  }),

  implement(contract.createTag, async (call) => {
    const { app, input, actor } = call
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    const { project, repository } = found.value
    const { tag_name: name, ref: target, message = '' } = input
    const made = await createTag(app, actor, { project, name, target, message })
    if (!made.ok) return made
    const ref = await findRef(repository, { type: 'tag', name })
    const [tag] = ref ? await presentTags(app, found.value, [ref]) : []
    return tag ? ok(tag) : err(noTag)
  }),

  implement(contract.deleteTag, async (call) => {
    const found = await repositoryFor(call, 'push_code')
    if (!found.ok) return found
    return deleteTag(call.app, call.actor, { project: found.value.project, name: call.input.tag_name })
  }),
]

/** A regular expression that cannot run for long, whatever it is matched with. */
function compile(regex: string): RE2JS | 'invalid' {
  try {
    return RE2JS.compile(regex)
  } catch (error) {
    if (error instanceof RE2JSException) return 'invalid'
    throw error
  }
}
