/** `countersign deployments`: what waits, who must decide, and the decision. */
import type { Command } from 'commander'
import { configureDecision } from './decide.ts'
import { configurePending } from './pending.ts'
import { configureShow } from './show.ts'
import { configureUpdate } from './update.ts'

export function configureDeployments(command: Command): void {
  configurePending(command.command('pending'))
  configureShow(command.command('show'))
  configureDecision(command.command('approve'), 'approved')
  configureDecision(command.command('reject'), 'rejected')
  configureUpdate(command.command('update'))
  command.addHelpText('after', '\nExample:\n  $ countersign deployments pending --mine')
}
