import type { EnvironmentFolder, EnvironmentOverview } from '../../../contract/environment-overview.ts'

export type Tier = EnvironmentOverview['tier']

const tiers: readonly Tier[] = ['production', 'staging', 'testing', 'development', 'other']

export interface TierGroup {
  readonly tier: Tier
  readonly environments: readonly EnvironmentOverview[]
  readonly folders: readonly EnvironmentFolder[]
}

/** Production first; tiers that have nothing are left out. */
export function byTier(
  environments: readonly EnvironmentOverview[],
  folders: readonly EnvironmentFolder[],
): readonly TierGroup[] {
  return tiers
    .map((tier) => ({
      tier,
      environments: environments.filter((environment) => environment.tier === tier),
      folders: folders.filter((folder) => folder.tier === tier),
    }))
    .filter((group) => group.environments.length > 0 || group.folders.length > 0)
}
