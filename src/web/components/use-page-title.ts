import { useEffect } from 'react'
import { useInboxCount } from '../session/use-inbox-count.ts'

/** The browser's title, beginning with how many deployments wait for this person. */
export function usePageTitle(title: string): void {
  const waiting = useInboxCount()
  useEffect(() => {
    document.title = `${waiting > 0 ? `(${waiting}) ` : ''}${title} · Countersign`
  }, [title, waiting])
}
