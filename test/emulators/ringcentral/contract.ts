import type { Clock } from '../kit/clock.ts';
import type { Decision } from '../kit/consenting.ts';
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import type { App, Grants, Tokens } from '../kit/grants.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Contact } from './address-book.ts';
import type { Truth } from './call.ts';
import type { Company, CompanyPlan, Extension, ExtensionPlan } from './company.ts';
import type { Lag } from './log.ts';
import type { Message, Transcription } from './mailbox.ts';
import type { Body } from './query.ts';
import type { Rates } from './rates.ts';
import type { Story } from './stories/story.ts';
import type { Manners, Subscription } from './subscriptions.ts';
import type { Playing, Telling } from './telephony.ts';
import type { Weather } from './weather.ts';

export interface RingcentralOptions {
  /** 0 takes a free port. */
  port?: number;
  /** Of the host for sounds; 0 takes a free one. */
  mediaPort?: number;
  clock?: Clock;
  company?: CompanyPlan;
  /** Default: `switchboard-demo` with `demo-secret`, and `switchboard-device`, which is public. */
  apps?: readonly App[];
  /** Default: no limits; `RINGCENTRAL_RATES` are the usual ones. */
  rates?: Rates;
  /** How late the log is, ms. Default 15 to 30 s. */
  lag?: Lag;
  /** Default: nothing is lost, doubled, overtaken or late. */
  weather?: Partial<Weather>;
  manners?: Partial<Manners>;
  /** How RingOuts go. Default: both sides answer, ten times as fast as in life. */
  ringOut?: { story?: string; speed?: number };
  /** Where every exchange is recorded. */
  traffic?: Traffic;
}

export const DEMO_APPS: readonly App[] = [
  { clientId: 'switchboard-demo', clientSecret: 'demo-secret' },
  { clientId: 'switchboard-device', clientSecret: '', public: true },
];

/** A call that was told, with the truth a hub must reach. */
export interface Told extends Playing {
  truths: readonly Truth[];
}

/** A running RingCentral: one company. */
export interface Ringcentral {
  /** Address by API: `platform`, and `media` for sounds. */
  hosts: { readonly platform: string; readonly media: string };
  clock: Clock;
  faults: Faults;
  counters: Counters;
  grants: Grants;
  company: Company;
  /**
   * Tokens without the consent page, for a user by role or e-mail address. Default: the first. Each time a session of its own, of which
   * five live.
   */
  grant(who?: string): Tokens;
  /** A credential for the JWT grant, as the console makes them. */
  jwt(who?: string): string;
  /** Answers the consent page behind an authorise address and gives the address it leads back to. */
  consent(authoriseUrl: string, decision?: Decision): Promise<string>;
  /** Ends everything a user has allowed, subscriptions included. */
  revoke(who?: string): void;
  /** Ends the access tokens; refresh tokens live on. */
  expireAccess(who?: string): void;
  addExtension(plan: ExtensionPlan): Extension;
  changeExtension(who: string, changes: Partial<Omit<Extension, 'id'>>): Extension;

  /** A story happens. */
  ring(story: string | Story, telling?: Telling): Told;
  /** Waits until every call that is played over time has come to its end. */
  quiet(): Promise<void>;
  /** Sends what time has made due, and resolves when no delivery is on its way any more. */
  settled(): Promise<void>;
  subscriptions(): readonly Subscription[];
  /** The service gives a subscription up, as after failures. */
  blacklist(id: string): void;
  setManners(manners: Partial<Manners>): void;
  setWeather(weather: Partial<Weather>): void;
  /** Sends the last deliveries, at most two thousand, once more and to the letter. */
  redeliver(count: number): void;
  /** Deliveries since the start. */
  deliveries(): { sent: number; lost: number; doubled: number };

  setLag(lag: Lag): void;
  /** Telephony sessions that stand in the company's log now, each once. */
  logged(): string[];
  /** Somebody deletes the log's records of a session. */
  deleteRecords(session: string): void;
  /** Somebody clears the log: sync tokens given before are refused. */
  clearLog(): void;
  setRates(rates: Rates): void;
  /** What the app is allowed from now on. */
  setPermissions(permissions: readonly string[]): void;
  setRingOut(plan: { story?: string; speed?: number }): void;

  messages(who?: string): readonly Message[];
  /** Somebody sends an extension a text message. */
  receiveText(who: string, given: { from: string; text: string }): Message;
  /** A message that was queued has come to something. */
  settleText(id: number, status: Message['status']): void;
  /** The transcript of a voicemail comes, or fails to. */
  transcribe(id: number, transcription: Transcription, transcript?: string): void;

  contacts(who?: string): readonly Contact[];
  addContact(who: string, fields: Body): Contact;
  editContact(id: number, fields: Body): Contact;
  deleteContact(id: number): void;
  /** Every sync token of address books given out so far is refused. */
  expireSyncTokens(): void;
  close(): Promise<void>;
}

/** What stands for the whole in the orders of another process. */
export type Controlled = Omit<Ringcentral, 'hosts' | 'close'>;
