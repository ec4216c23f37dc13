/** Port: what freshness needs remembered. `hub/store/grants.ts` implements it in PostgreSQL. */

export interface GrantRef {
  workspace: number;
  grant: number;
}

export interface KeptGrant {
  connector: string;
  /** Sealed tokens. */
  sealed: string;
  /** Raised with every refresh. */
  generation: number;
  /** Why the service no longer honours it. */
  dead: string | null;
  /** A refresh was begun of which nobody knows the end: its refresher vanished, or got no answer. */
  cutOff: boolean;
}

/** What became of a claimed refresh. */
export type Result =
  | { is: 'refreshed'; sealed: string; expires: number | null }
  | { is: 'dead'; reason: string }
  /** Neither: try later. `unsure`: the service may have carried it out. */
  | { is: 'open'; unsure: boolean };

export interface Safe {
  read(ref: GrantRef): Promise<KeptGrant | undefined>;
  /**
   * Takes the right to refresh this generation, for 20 s by the store's clock; undefined where another has it, the generation has
   * moved on, or the grant is dead. `interrupted`: an earlier holder vanished without a result, or got no answer.
   */
  claim(ref: GrantRef, generation: number, holder: string): Promise<{ interrupted: boolean } | undefined>;
  /**
   * Ends the claim. False, and nothing changed, where the generation has moved on. `dead` pauses the grant's connections with the
   * reason; `refreshed` takes that back where a slower refresher of the same generation turns out to have won.
   */
  settle(ref: GrantRef, generation: number, holder: string, result: Result): Promise<boolean>;
}
