import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getGroup, listDescendantGroups } from '../../../../contract/groups.ts'
import { groupMembers, projectMembers } from '../../../../contract/members.ts'
import { getProject } from '../../../../contract/projects.ts'
import { query, queryPage } from '../../../api/query.ts'
import type { SettingsPlace } from '../settings-place.ts'
import { roleLabels, type Subject } from './protection-values.ts'

interface Found {
  readonly subjects: readonly Subject[]
  readonly searching: boolean
}

/** Roles, groups and people that a protected environment of this place may name and whose name contains what was typed. */
export function useSubjects(place: SettingsPlace, typed: string): Found {
  const [search] = useDebouncedValue(typed.trim(), 200)
  const people = usePeople(place, search)
  const groups = useGroups(place, search)
  const matches = ({ label }: { readonly label: string }) => label.toLowerCase().includes(typed.trim().toLowerCase())
  const roles = [40, 30, 20, 60].map((level) => ({
    kind: 'role' as const,
    value: level,
    label: roleLabels[level] ?? '',
  }))
  const found = [
    ...roles.filter(matches),
    ...groups.items.filter(matches).map(({ id, label }) => ({ kind: 'group' as const, value: id, label })),
    ...people.items.map(({ id, name }) => ({ kind: 'user' as const, value: id, label: name })),
  ]
  return {
    subjects: found.map((each) => ({ ...each, id: null, inherited: false })),
    searching: people.searching || groups.searching || search !== typed.trim(),
  }
}

/** A project lets its Developers be named, a group its Maintainers and Owners. */
function usePeople({ kind, id }: SettingsPlace, search: string) {
  const operation = kind === 'project' ? projectMembers.listAll : groupMembers.listAll
  const least = kind === 'project' ? 30 : 40
  const members = useQuery({
    ...queryPage(operation, { id, per_page: 50, ...(search === '' ? {} : { query: search }) }),
    placeholderData: keepPreviousData,
  })
  const items = (members.data?.items ?? []).filter((member) => member.access_level >= least)
  return { items, searching: members.isFetching }
}

/** Groups that are invited to the project; of a group itself, those below it and those it is shared with. */
function useGroups({ kind, id, name, fullPath }: SettingsPlace, search: string) {
  const ofGroup = kind === 'group'
  const project = useQuery({ ...query(getProject, { id: fullPath }), enabled: !ofGroup, staleTime: 60_000 })
  const group = useQuery({ ...query(getGroup, { id: fullPath, with_projects: false }), enabled: ofGroup })
  const below = useQuery({
    ...queryPage(listDescendantGroups, { id, per_page: 50, ...(search === '' ? {} : { search }) }),
    enabled: ofGroup,
    placeholderData: keepPreviousData,
  })
  const shared = (ofGroup ? group.data : project.data)?.shared_with_groups ?? []
  const own = ofGroup
    ? [{ id, label: name }, ...(below.data?.items ?? []).map((each) => ({ id: each.id, label: each.full_name }))]
    : []
  return {
    items: [...own, ...shared.map(({ group_id, group_name }) => ({ id: group_id, label: group_name }))],
    searching: below.isFetching,
  }
}
