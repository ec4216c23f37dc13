import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { App, Grants, Tokens } from '../kit/grants.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Mail } from './desk.ts';
import type { Person } from './identity.ts';
import type { Kind, Organisation } from './ledger.ts';
import type { Limits } from './limits.ts';
import type { OrganisationPlan } from './organisation.ts';
import type { Seed } from './seed.ts';
import type { Subscription } from './webhooks.ts';
import type { Body } from './wire.ts';

export interface XeroOptions {
  /** 0 takes a free port. */
  port?: number;
  clock?: Clock;
  /** Default: two firms, the first with a few books. */
  organisations?: readonly OrganisationPlan[];
  /** Books of the first organisation. Default: those of the demo, unless organisations are given. */
  books?: Seed;
  /** Who can sign in; each may see every organisation. Default: one person. */
  people?: readonly Person[];
  /** Default: `switchboard-demo` with `demo-secret`. */
  apps?: readonly App[];
  /** Default: none; `XERO_LIMITS` are the usual ones. */
  limits?: Limits;
  /** Where every exchange is recorded. */
  traffic?: Traffic;
}

export const DEMO_APPS: readonly App[] = [
  { clientId: 'switchboard-demo', clientSecret: 'demo-secret' },
  { clientId: 'switchboard-device', clientSecret: '', public: true },
];

export const DEMO_PEOPLE: readonly Person[] = [
  { id: '5b1c6a52-0e3f-4f0b-9d61-0c7e3b5f1b01', email: 'ada@example.com', name: 'Ada Archer' },
];

/** A running Xero. */
export interface Xero {
  /** Address by API: `api`, `identity` and `login` are one server. */
  hosts: { readonly api: string; readonly identity: string; readonly login: string };
  clock: Clock;
  faults: Faults;
  counters: Counters;
  grants: Grants;
  /** By name or tenant id; the first where none is named. */
  organisation(which?: string): Organisation;
  /** Tokens without the consent page, with these organisations connected. Default: the first person, all organisations. */
  grant(asked?: { who?: string; organisations?: readonly string[]; scopes?: readonly string[] }): Tokens;
  /** Answers the consent page; `decision.scopes` are the tenant ids that stay ticked. Gives the address it leads back to. */
  consent(authoriseUrl: string, decision?: Decision): Promise<string>;
  /** Ends everything a person has connected. */
  revoke(who?: string): void;
  /** Somebody disconnects the app from an organisation, in its settings. */
  disconnect(which: string): void;
  /** Ends the access tokens; refresh tokens live on. */
  expireAccess(who?: string): void;

  /** Fills an organisation's books: see seed.ts. */
  seed(books: Seed, which?: string): void;
  /** An object as it is kept: days as 'YYYY-MM-DD', `UpdatedDateUTC` in ms. */
  get(kind: Kind, id: string, which?: string): Body | undefined;
  list(kind: Kind, which?: string): Body[];
  /** Somebody changes an object in the browser: any member, no rule is asked. */
  edit(kind: Kind, id: string, changes: Body, which?: string): Body;
  /** Somebody puts an object there that no rule was asked about. */
  plant(kind: Kind, object: Body, which?: string): Body;
  /** An object that vanishes without a trace (items), or whose status becomes DELETED. */
  delete(kind: Kind, id: string, which?: string): void;
  /** A contact is merged into another: archived, and it says so. */
  merge(contact: string, into: string, which?: string): void;
  /** Documents of this day and before are locked; undefined: none are. */
  lock(day: string | undefined, which?: string): void;
  /** Mails that were sent to customers. */
  mails(): readonly Mail[];
  setLimits(limits: Limits): void;
  /** Calls that were made although a penalty was running. */
  insidePenalty(): number;

  /** An address for webhooks is saved: the intent to receive is tried out at once. */
  subscribe(url: string, key: string): Promise<Subscription>;
  subscription(): Subscription | undefined;
  /** Sends what is due by webhook. */
  settled(): Promise<void>;
  /** Sends the last delivery once more, to the letter. */
  redeliver(): Promise<void>;
  /** Events that no delivery has brought yet. */
  pendingEvents(): number;
  close(): Promise<void>;
}

/** What stands for the whole in the orders of another process. */
export type Controlled = Omit<Xero, 'hosts' | 'close'>;
