import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { App, Grants, Tokens } from '../kit/grants.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Books, Character, Entity } from './company.ts';
import type { Hook, HookManners } from './hooks.ts';
import type { Ledger, Placed } from './ledger.ts';
import type { Quotas } from './quotas.ts';
import type { Thing } from './thing.ts';

export interface CompanyPlan extends Partial<Character> {
  /** What it begins with besides its chart of accounts: `demo`, the small company of gardeners; `empty`. Default demo. */
  with?: 'demo' | 'empty';
  /** Generated on top: so many of each. */
  rows?: { customers?: number; items?: number; invoices?: number; seed?: number };
}

export interface QuickbooksOptions {
  /** 0 takes a free port. */
  port?: number;
  clock?: Clock;
  /** Default: one, `Gardener's World Ltd` in California. */
  companies?: readonly CompanyPlan[];
  /** Default: `switchboard-demo` with `demo-secret`. */
  apps?: readonly App[];
  /** Default: no limits; `QUICKBOOKS_QUOTAS` are the usual ones. */
  quotas?: Quotas;
  /** Where notifications go. */
  hook?: Hook;
  /** Where every exchange is recorded. */
  traffic?: Traffic;
}

export const DEMO_APP: App = { clientId: 'switchboard-demo', clientSecret: 'demo-secret' };

/** A running QuickBooks. A company is named by its realm id; absent: the first. */
export interface Quickbooks {
  /** Address by API. */
  hosts: { readonly api: string; readonly oauth: string; readonly appcenter: string; readonly developer: string };
  clock: Clock;
  faults: Faults;
  counters: Counters;
  grants: Grants;
  companies(): readonly Character[];
  /** The books themselves: for tests that look. */
  books(realm?: string): Books;
  /** Somebody in the company creates, changes (a body with `Id`, sparse) … in the product itself. */
  save(entity: Entity, body: Thing, realm?: string): Thing;
  /** Deletes a document for good. */
  delete(entity: Entity, id: string, realm?: string): void;
  void(entity: 'Invoice' | 'Payment' | 'CreditMemo', id: string, realm?: string): void;
  /** Merges a customer into another: its id is no more. */
  merge(loser: string, survivor: string, realm?: string): void;
  /** Puts a payment into a bank deposit: it cannot be changed any more. */
  deposit(payment: string, realm?: string): void;
  /** Puts a whole ledger into the books. */
  seed(ledger: Ledger, realm?: string): Placed;
  /** Closes the books up to a date; absent: opens them. */
  closeBooks(until?: string, realm?: string): void;
  /** Tokens without the consent page. */
  grant(realm?: string): Tokens;
  /** Answers the consent page behind an authorise address and gives the address it leads back to. */
  consent(authoriseUrl: string, decision?: Decision): Promise<string>;
  /** Ends what a company has allowed. */
  revoke(realm?: string): void;
  expireAccess(realm?: string): void;
  setQuotas(quotas: Quotas): void;
  setHook(hook: Hook | undefined): void;
  setHookManners(manners: HookManners): void;
  /** Sends all notifications that are due, and resolves when they were answered. */
  settled(): Promise<void>;
  deliveries(): { sent: number; taken: number; refused: number; waiting: number };
  close(): Promise<void>;
}

/** What stands for the whole in the orders of another process. */
export type Controlled = Omit<Quickbooks, 'hosts' | 'close'>;
