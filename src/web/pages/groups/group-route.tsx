import { useLocation } from 'react-router'
import { placeOf } from '../project/place.ts'
import { GroupArea } from './group-area.tsx'

/** /groups/:path */
export function GroupRoute() {
  const { path } = placeOf(useLocation().pathname)
  return <GroupArea path={path.replace(/^groups\//, '')} />
}
