import { useLocation } from 'react-router'
import { placeOf } from '../project/place.ts'
import { GroupArea } from './group-area.tsx'

/** /groups/:path and the group's pages below it. */
export function GroupRoute() {
  const { path, rest } = placeOf(useLocation().pathname)
  return <GroupArea path={path.replace(/^groups\//, '')} rest={rest} />
}
