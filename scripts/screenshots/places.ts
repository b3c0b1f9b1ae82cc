/** The groups and projects of the pictures, with their members and protected environments. */
import type { Client } from '../../src/contract/client.ts'
import { createGroup } from '../../src/contract/groups.ts'
import { groupMembers, projectMembers } from '../../src/contract/members.ts'
import { createProject, shareProject } from '../../src/contract/projects.ts'
import { projectProtectedEnvironments } from '../../src/contract/protected-environments.ts'
import type { Cast, Person } from './people.ts'

export interface Places {
  readonly checkout: number
  readonly catalog: number
  readonly empty: number
}

const [reporter, developer, maintainer, owner] = [20, 30, 40, 50] as const
type Level = typeof reporter | typeof developer | typeof maintainer | typeof owner

export async function makePlaces(root: Client, cast: Cast): Promise<Places> {
  const group = async (name: string, path: string, description: string, parent?: number) =>
    (await root.call(createGroup, { name, path, description, ...(parent === undefined ? {} : { parent_id: parent }) }))
      .id
  const join = (id: number, person: Person, level: Level) =>
    root.call(groupMembers.add, { id: String(id), user_id: String(person.id), access_level: level })
  const storefront = await group('Storefront', 'storefront', 'Everything customers see')
  const quality = await group('Quality', 'quality', 'Signs off what was tested', storefront)
  const operators = await group('Operators', 'operators', 'On call for production', storefront)
  await join(storefront, cast.maya, owner)
  await join(storefront, cast.tomas, developer)
  await join(storefront, cast.lena, developer)
  await join(quality, cast.priya, developer)
  await join(operators, cast.jonas, developer)
  await join(operators, cast.amara, developer)

  const project = async (path: string, name: string, description: string) =>
    (await root.call(createProject, { name, path, description, namespace_id: storefront })).id
  const checkout = await project('checkout', 'Checkout', 'Basket, payment and order confirmation')
  const catalog = await project('catalog', 'Catalog', 'Products, prices and search')
  const empty = await project('loyalty', 'Loyalty', 'Points and vouchers, about to begin')
  for (const id of [checkout, catalog]) {
    for (const shared of [quality, operators]) {
      await root.call(shareProject, { id: String(id), group_id: shared, group_access: developer })
    }
  }
  await root.call(projectMembers.add, {
    id: String(checkout),
    user_id: String(cast.jonas.id),
    access_level: maintainer,
  })
  await root.call(projectProtectedEnvironments.create, {
    id: String(checkout),
    name: 'production',
    deploy_access_levels: [{ access_level: 30 }],
    approval_rules: [
      { group_id: quality, required_approvals: 1 },
      { group_id: operators, required_approvals: 1 },
    ],
  })
  await root.call(projectProtectedEnvironments.create, {
    id: String(catalog),
    name: 'production',
    deploy_access_levels: [{ access_level: 30 }],
    required_approval_count: 1,
  })
  return { checkout, catalog, empty }
}
