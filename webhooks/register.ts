/** Port: what must be remembered of subscriptions. `hub/store/subscriptions.ts` implements it in PostgreSQL. */

export interface Ref {
  workspace: number;
  connection: number;
}

/** What a sender proves itself with. Times are ms since the epoch. */
export interface Secret {
  secret: string;
  /** Until when it is believed, once another has taken its place. */
  until?: number;
}

/**
 * `wanted`: the service has none of ours, or none that counts; `asking`: it is being asked, or was, and nobody knows what became of
 * it; `live`: it promised to call; `refused`: it said no.
 */
export type State = 'wanted' | 'asking' | 'live' | 'refused';

/** The subscription of a connection, under the lease of whoever took it. Times are ms since the epoch. */
export interface Kept extends Ref {
  connector: string;
  /** The last part of the address it calls. */
  address: string;
  /** Newest first. */
  secrets: readonly Secret[];
  /** The service has not been told of the newest secret yet. */
  rotating: boolean;
  state: State;
  /** The service's own. */
  id: string | null;
  /** What the service was given. */
  url: string;
  /** Streams of which it tells, by short name. */
  streams: readonly string[];
  /** Streams that are in use now. */
  inUse: readonly string[];
  since: number | null;
  /** When the term that ends at `expires` began. */
  granted: number | null;
  expires: number | null;
  failures: number;
  generation: number;
}

export interface Trouble {
  at: number;
  message: string;
  advice: string;
}

export interface Drop {
  at: number;
  reason: string;
}

export type Change = Partial<Omit<Kept, keyof Ref | 'connector' | 'inUse' | 'generation'>> & {
  due?: number;
  problem?: Trouble | null;
  /** The service let it fall: counted. */
  dropped?: Drop;
  /** Pulls of everything in use are due from then on (ms since the epoch). */
  pull?: number;
  /** How often its streams are polled from now on, ms. */
  every?: number;
};

export interface Register {
  /** Of living connections, those due at `now` that nobody cares for. */
  due(now: number, most: number): Promise<Ref[]>;
  /** Makes a row for each living connection of these connectors that has none; how many. */
  enrol(connectors: readonly string[], now: number): Promise<number>;
  /** Takes the care of it for 90 s by the store's clock; undefined where another has it, or there is none. */
  take(ref: Ref): Promise<Kept | undefined>;
  /** As it stands, whoever cares for it. */
  read(ref: Ref): Promise<Kept | undefined>;
  /** False, and nothing changed, where the lease was lost. Lengthens the lease. */
  note(kept: Kept, change: Change): Promise<boolean>;
  /** Gives the care back. */
  release(kept: Kept): Promise<void>;
  /** Adds a secret before the others, of which it keeps one; undefined where there is no subscription. */
  rotate(ref: Ref, secret: string, due: number): Promise<Pick<Kept, 'connector' | 'address'> | undefined>;
  byAddress(connector: string, address: string): Promise<(Ref & { secrets: readonly Secret[] }) | undefined>;
}
