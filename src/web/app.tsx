import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './global.css'
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { useState } from 'react'
import { RouterProvider } from 'react-router'
import { makeQueryClient } from './api/query-client.ts'
import { Announcements } from './components/announce.tsx'
import { makeRouter } from './routes.tsx'
import { cssVariables, theme } from './theme.ts'

const colorSchemes = localStorageColorSchemeManager({ key: 'countersign-theme' })

export function App() {
  const [queries] = useState(makeQueryClient)
  const [router] = useState(() => makeRouter(queries))
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        colorSchemeManager={colorSchemes}
        defaultColorScheme="auto"
      >
        <Announcements />
        <RouterProvider router={router} />
        <Notifications position="bottom-right" limit={3} />
      </MantineProvider>
    </QueryClientProvider>
  )
}
