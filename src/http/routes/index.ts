/** Every route of the API. A resource adds its list here. */
import type { Route } from '../call.ts'
import { userRoutes } from './users.ts'

export const routes: readonly Route[] = [...userRoutes]
