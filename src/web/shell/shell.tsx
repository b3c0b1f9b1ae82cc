import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Outlet, ScrollRestoration } from 'react-router'
import { startLiveUpdates } from '../live/live-updates.ts'
import { ShellHeader } from './shell-header.tsx'

/** What all pages of a signed-in person share: skip link, header, live updates. */
export function Shell() {
  const queries = useQueryClient()
  useEffect(() => startLiveUpdates(queries), [queries])
  return (
    <>
      <a href="#main" className="skip-link">
        Skip to content
      </a>
      <ShellHeader />
      <Outlet />
      <ScrollRestoration />
    </>
  )
}
