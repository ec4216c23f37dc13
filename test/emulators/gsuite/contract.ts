import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { App, Grants, Tokens } from '../kit/grants.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Account, AccountPlan } from './account.ts';
import type { AgendaDesk } from './agenda-desk.ts';
import type { Propagation } from './book.ts';
import type { Channels } from './channels.ts';
import type { Desk } from './desk.ts';
import type { Directory } from './directory.ts';
import type { Drive } from './drive.ts';
import type { Quotas } from './quotas.ts';
import type { TodoDesk } from './todo-desk.ts';
import type { BatchFailures } from './writes.ts';

export interface GsuiteOptions {
  /** 0 takes a free port. */
  port?: number;
  clock?: Clock;
  /** Default: one account, ada@example.com, with an empty address book. */
  accounts?: readonly AccountPlan[];
  /** Default: `switchboard-demo` with `demo-secret`. */
  apps?: readonly App[];
  /** Default: no limits; `GOOGLE_QUOTAS` are Google's own. */
  quotas?: Quotas;
  /** Where every exchange is recorded. */
  traffic?: Traffic;
  /** Does a refresh replace the refresh token? Google's does not. Default false. */
  rotates?: boolean;
  /** Default `each`. */
  batchFailures?: BatchFailures;
}

export const DEMO_APP: App = { clientId: 'switchboard-demo', clientSecret: 'demo-secret' };

/** A running Google, as far as the connector needs it. */
export interface Gsuite {
  origin: string;
  /** Address by API, as the connector's `base` names them. */
  hosts: { readonly [api: string]: string };
  clock: Clock;
  faults: Faults;
  counters: Counters;
  grants: Grants;
  accounts(): readonly Account[];
  addAccount(plan: AccountPlan): Account;
  /** The address book of an account, as its owner edits it. Absent: the first account. */
  people(email?: string): Desk;
  /** The calendars of an account, as its owner edits them. Absent: the first account. */
  agenda(email?: string): AgendaDesk;
  /** The task lists of an account, as its owner edits them. Absent: the first account. */
  todo(email?: string): TodoDesk;
  /** The files an account can see. Absent: the first account. */
  drive(email?: string): Drive;
  /** The people of the firm. */
  directory: Directory;
  /** Push channels, whoever opened them. */
  channels: Channels;
  /** Tokens without the consent page. Default: all the connector's streams may ask for. */
  grant(email?: string, scopes?: readonly string[]): Tokens;
  /** Answers the consent page behind an authorise address and gives the address it leads back to. */
  consent(authoriseUrl: string, decision?: Decision): Promise<string>;
  /** Ends everything the account has allowed. */
  revoke(email?: string): void;
  /** Ends the access tokens; refresh tokens live on. */
  expireAccess(email?: string): void;
  /** Every sync token given out so far is refused as expired. */
  expireSyncTokens(email?: string): void;
  /** How late reads see writes, from now on. */
  propagate(delays: Partial<Propagation>, email?: string): void;
  setQuotas(quotas: Quotas): void;
  setBatchFailures(how: BatchFailures): void;
  close(): Promise<void>;
}
