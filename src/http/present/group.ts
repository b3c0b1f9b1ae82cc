/** Groups as the API shows them. */
import type { z } from 'zod'
import type { App } from '../../app/context.ts'
import type { Group, sharedWithGroup } from '../../contract/groups.ts'
import type { SharedGroup } from '../../db/group-list.ts'
import type { Namespace } from '../../db/namespaces.ts'
import { namespaceUrl } from './namespace.ts'

/** Settings that GitLab has and Countersign has not are told as what is true here. */
export function presentGroup(app: App, group: Namespace): Group {
  return {
    id: group.id,
    web_url: namespaceUrl(app, group),
    name: group.name,
    path: group.path,
    description: group.description,
    visibility: group.visibility,
    share_with_group_lock: false,
    require_two_factor_authentication: false,
    two_factor_grace_period: 48,
    project_creation_level: 'maintainer',
    auto_devops_enabled: false,
    subgroup_creation_level: 'owner',
    emails_disabled: true,
    emails_enabled: false,
    mentions_disabled: null,
    lfs_enabled: false,
    default_branch: null,
    default_branch_protection: 0,
    avatar_url: null,
    request_access_enabled: false,
    full_name: group.full_name,
    full_path: group.full_path,
    created_at: group.created_at.toISOString(),
    parent_id: group.parent_id,
    organization_id: 1,
    shared_runners_setting: 'enabled',
  }
}

export function presentSharedGroup(shared: SharedGroup): z.output<typeof sharedWithGroup> {
  return {
    group_id: shared.groupId,
    group_name: shared.name,
    group_full_path: shared.fullPath,
    group_access_level: shared.accessLevel,
    expires_at: shared.expiresAt,
  }
}
