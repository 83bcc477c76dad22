/** Permissions that stay although nothing that is tested notices when they are gone. */
export interface Excess {
  readonly role: string;
  /** As `takeAway` words it. */
  readonly what: string;
  readonly reason: string;
}

export const EXCESS: readonly Excess[] = [];
