import { notifications } from '@mantine/notifications'
import { announce } from './announce.tsx'

/** Tells everybody, with eyes or ears, that something was done. */
export function say(done: string): void {
  announce(done)
  notifications.show({ color: 'approve', message: done })
}
