import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { App, Grants, Tokens } from '../kit/grants.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Account, AccountPlan } from './account.ts';
import type { Desk } from './desk.ts';
import type { Directory } from './directory.ts';
import type { Lifecycle, Subscriptions } from './subscriptions.ts';

export interface Office365Options {
  /** 0 takes a free port. */
  port?: number;
  clock?: Clock;
  /** Default: one account, ada@contoso.example, with an empty mailbox. */
  accounts?: readonly AccountPlan[];
  /** People of the firm. Default 0. */
  users?: number;
  /** Default: `switchboard-demo` with `demo-secret`. */
  apps?: readonly App[];
  /** Most requests at once for one mailbox. Default 4, as Microsoft's. */
  atOnce?: number;
  /** Where every exchange is recorded. */
  traffic?: Traffic;
}

export const DEMO_APP: App = { clientId: 'switchboard-demo', clientSecret: 'demo-secret' };

/** A running Microsoft 365, as far as the connector needs it. */
export interface Office365 {
  origin: string;
  /** Address by API, as the connector's `base` names them. */
  hosts: { readonly [api: string]: string };
  clock: Clock;
  faults: Faults;
  counters: Counters;
  grants: Grants;
  accounts(): readonly Account[];
  addAccount(plan: AccountPlan): Account;
  /** The mailbox of an account, as its owner works in it. Absent: the first account. */
  mailbox(email?: string): Desk;
  directory: Directory;
  subscriptions: Subscriptions;
  /** Something happens to the subscriptions of an account themselves. */
  lifecycle(event: Lifecycle, email?: string): void;
  /** Resolves when no notification is on its way. */
  settled(): Promise<void>;
  /** Tokens without the consent page. Default: all permissions there are. */
  grant(email?: string, scopes?: readonly string[]): Tokens;
  /** Answers the consent page behind an authorise address and gives the address it leads back to. */
  consent(authoriseUrl: string, decision?: Decision): Promise<string>;
  /** Ends everything the account has allowed. */
  revoke(email?: string): void;
  /** Ends the access tokens; refresh tokens live on. */
  expireAccess(email?: string): void;
  /** Every link of a round given out so far is forgotten. */
  forgetRounds(email?: string): void;
  close(): Promise<void>;
}
