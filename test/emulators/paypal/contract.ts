import type { Clock } from '../kit/clock.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Account } from './account.ts';
import type { Capture } from './capture.ts';
import type { Mail } from './desk.ts';
import type { Dispute } from './dispute.ts';
import type { Template } from './draft.ts';
import type { App } from './identity.ts';
import type { Entry, Invoice } from './invoice.ts';
import type { Product } from './product.ts';
import type { Body } from './query.ts';
import type { RateRule } from './rates.ts';
import type { SeedPlan } from './seed.ts';
import type { Payer, Transaction } from './transaction.ts';
import type { Manners, StoredEvent, Webhook, Webhooks } from './webhooks.ts';

export interface PaypalOptions {
  /** 0 takes a free port. */
  port?: number;
  clock?: Clock;
  /** Default: `switchboard-demo` with `demo-secret`, of the first account. */
  apps?: readonly App[];
  /** The accounts there are; the first is meant where none is named. Default: one, `V58TVTDQEAVDC`. */
  accounts?: readonly { id: string; email: string }[];
  /** Plain objects put into the first account at the start, after `seed`. Default: nothing. */
  seed?: SeedPlan;
  /** How late the reports are, ms. Default 2 h, so that a row shows 2 to 3 h after it began. */
  lag?: number;
  /** The most rows one search of transactions may find. Default 10,000. */
  most?: number;
  rates?: RateRule;
  /** Where every exchange is recorded. */
  traffic?: Traffic;
}

export const DEMO_ACCOUNT = { id: 'V58TVTDQEAVDC', email: 'office@example.com' };
export const DEMO_APP: App = { clientId: 'switchboard-demo', clientSecret: 'demo-secret', account: DEMO_ACCOUNT.id };

/** What a buyer does. */
export interface Purchase {
  /** `25.00`, in the currency's own decimals. */
  amount: string;
  currency?: string;
  /** What the merchant calls it. */
  invoiceId?: string;
  custom?: string;
  note?: string;
  subject?: string;
  payer?: Payer;
  /** The id of an invoice it pays. */
  invoice?: string;
  /** Default COMPLETED. */
  status?: 'COMPLETED' | 'PENDING' | 'DECLINED';
  /** When, ms; default now. Nobody is told of what is long past. */
  at?: number;
}

/** A running PayPal. */
export interface Paypal {
  /** Address by API: `rest`, and `certs` for certificates. */
  hosts: { readonly rest: string; readonly certs: string };
  clock: Clock;
  faults: Faults;
  counters: Counters;
  webhooks: Webhooks;
  /** The root that the certificate of messages comes from, as PEM: nobody trusts it who was not told to. */
  root(): string;
  /** The account by id; the first without. */
  account(id?: string): Account;
  addAccount(id: string, email: string): Account;
  /** A seller lets an app act for it, or not any more. */
  allowPartner(seller: string, clientId: string, allowed?: boolean): void;
  /** A token without the token endpoint. */
  grant(clientId?: string): { accessToken: string; expiresIn: number };
  /** Ends the access tokens; the app lives on. */
  expireAccess(): void;
  /** The app is deleted, or its secret exchanged: it is not known any more. */
  removeApp(clientId?: string): void;
  /** What apps are allowed from now on, below `https://uri.paypal.com/services/`; tokens given before stay as they are. */
  setScopes(scopes: readonly string[]): void;

  seed(plan: SeedPlan): void;
  /** A buyer pays. */
  pay(purchase: Purchase): Capture;
  /** What is pending comes to an end. */
  settle(capture: string, well: boolean): void;
  /** The merchant gives money back in the web interface; all of it without an amount. */
  refund(capture: string, amount?: string): string;
  /** Something else happens to the account's money: conversions, withdrawals, holds. */
  addTransaction(row: Omit<Transaction, 'states'> & { status?: Transaction['states'][number]['status'] }): Transaction;
  /** The merchant writes an invoice in the web interface, and sends it if so wished. */
  addInvoice(body: Body, send?: boolean): Invoice;
  editInvoice(id: string, change: (body: Body) => Body): void;
  /** Somebody records a payment by hand. */
  recordPayment(id: string, entry: Partial<Entry>): void;
  deleteInvoice(id: string): void;
  addProduct(body: Body): Product;
  editProduct(id: string, body: Body): void;
  addDispute(dispute: Partial<Dispute> & { transaction: string }): Dispute;
  changeDispute(id: string, changes: Partial<Dispute>): void;
  /** E-mails that went to customers. */
  mails(): readonly Mail[];

  setLag(ms: number): void;
  setMost(rows: number): void;
  setRates(rule: RateRule): void;
  setTemplate(template: Template): void;
  setManners(manners: Partial<Manners>): void;
  events(): readonly StoredEvent[];
  hooks(): readonly Webhook[];
  /** Sends what time has made due, and resolves when nothing is on its way any more. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** What stands for the whole in the orders of another process. */
export type Controlled = Omit<Paypal, 'hosts' | 'close'>;
