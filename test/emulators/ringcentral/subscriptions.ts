import { randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Company, Extension } from './company.ts';
import { type Outcome, post } from './delivery.ts';
import { ApiError, badParameter, notFound } from './errors.ts';
import { type Filter, type Happening, passes, readFilter } from './filters.ts';

export interface Subscription {
  id: string;
  owner: Extension;
  clientId: string;
  filters: readonly Filter[];
  address: string;
  verificationToken?: string;
  created: number;
  /** Milliseconds. */
  life: number;
  expires: number;
  blacklisted?: { at: number; reason: string };
  /** Deliveries that failed in a row. */
  failures: number;
  /** When the next reminder is due. */
  reminds?: number;
}

/** What a subscription asks for. */
export interface Wanted {
  filters?: readonly string[];
  address?: string;
  verificationToken?: string;
  /** Seconds. */
  expiresIn?: number;
}

/** How the service treats those it calls. */
export interface Manners {
  /** Milliseconds an answer may take. Default 3000. */
  within: number;
  /** The header that carries the verification token. Default `verification-token`; the guide still shows the other. */
  proof?: 'verification-token' | 'validation-token';
  /** Failed deliveries in a row after which the address is called no more; 0: never. Default 1. */
  patience: number;
}

const DAY = 86_400_000;
/** Ten years, in seconds. */
const LONGEST = 315_360_000;
const MOST = 30;

export type Subscriptions = ReturnType<typeof createSubscriptions>;

export function createSubscriptions(clock: Clock, company: Company, manners: Manners, traffic?: Traffic) {
  const all = new Map<string, Subscription>();
  const mine = (owner: Extension, clientId: string) =>
    [...all.values()].filter((one) => one.owner === owner && one.clientId === clientId && one.expires > clock.now());

  function find(id: string, owner: Extension, clientId: string): Subscription {
    const found = mine(owner, clientId).find((one) => one.id === id);
    if (found === undefined) throw notFound('subscriptionId');
    return found;
  }

  /** The address must greet back before the subscription stands. */
  async function greet(address: string): Promise<void> {
    const token = randomUUID();
    const outcome = await post(address, { 'validation-token': token }, '', manners.within, traffic);
    const wrong = wrongGreeting(outcome, token);
    if (wrong) throw new ApiError(400, wrong);
  }

  function reading(wanted: Wanted, me: Extension): readonly Filter[] | undefined {
    if (wanted.filters === undefined) return undefined;
    const filters = wanted.filters.map((text) => readFilter(text, company, me));
    if (filters.length === 0) throw badParameter('eventFilters');
    if (filters.every((one) => one.subject === 'reminder'))
      throw new ApiError(400, { errorCode: 'SUB-515', message: 'Subscription containing only reminder filter is not allowed' });
    return filters;
  }

  async function create(me: Extension, clientId: string, wanted: Wanted): Promise<Subscription> {
    const life = lifeOf(wanted.expiresIn) ?? 7 * DAY;
    const filters = reading(wanted, me);
    if (filters === undefined) throw badParameter('eventFilters');
    if (wanted.address === undefined || !URL.canParse(wanted.address)) throw badParameter('deliveryMode.address');
    if (mine(me, clientId).length >= MOST)
      throw new ApiError(403, { errorCode: 'SUB-505', message: 'Subscriptions limit exceeded' });
    await greet(wanted.address);
    const now = clock.now();
    const { address, verificationToken } = wanted;
    const made: Subscription = {
      ...{ id: randomUUID(), owner: me, clientId, filters, address, verificationToken },
      ...{ created: now, life, expires: now + life, failures: 0 },
    };
    remind(made);
    all.set(made.id, made);
    return made;
  }

  /** Makes it last again as long as it did, or as long as is asked; a blacklisted one stays silent. */
  async function renew(held: Subscription, wanted: Wanted = {}): Promise<Subscription> {
    const filters = reading(wanted, held.owner);
    const life = lifeOf(wanted.expiresIn);
    if (wanted.address !== undefined && wanted.address !== held.address) {
      if (!URL.canParse(wanted.address)) throw badParameter('deliveryMode.address');
      await greet(wanted.address);
      held.address = wanted.address;
    }
    held.filters = filters ?? held.filters;
    held.verificationToken = wanted.verificationToken ?? held.verificationToken;
    held.life = life ?? held.life;
    held.expires = clock.now() + held.life;
    remind(held);
    return held;
  }

  function remind(one: Subscription): void {
    const asked = one.filters.find(({ subject }) => subject === 'reminder');
    const threshold = Number(asked?.query.get('threshold') ?? Number.NaN) * 1000;
    one.reminds = Number.isNaN(threshold) ? undefined : one.expires - Math.min(threshold, one.life / 2);
  }

  /** The notification as it goes over the wire, however often it is sent. */
  function write(one: Subscription, happening: Happening, filter: Filter): string {
    const suffix = happening.subject === 'telephony' || filter.query.size === 0 ? '' : `?${filter.query}`;
    return JSON.stringify({
      uuid: String(BigInt.asUintN(62, BigInt(`0x${randomUUID().replaceAll('-', '').slice(0, 16)}`))),
      event: `${happening.event}${suffix}`,
      timestamp: new Date(clock.now()).toISOString(),
      subscriptionId: one.id,
      ownerId: String(one.owner.id),
      body: happening.body,
    });
  }

  async function send(one: Subscription, body: string): Promise<void> {
    if (one.blacklisted || one.expires <= clock.now()) return;
    const headers: { [name: string]: string } =
      one.verificationToken === undefined ? {} : { [manners.proof ?? 'verification-token']: one.verificationToken };
    const outcome = await post(one.address, headers, body, manners.within, traffic);
    const reason =
      'failed' in outcome
        ? outcome.failed
        : outcome.status >= 200 && outcome.status < 300
          ? undefined
          : `WebHook responds with incorrect HTTP status. HTTP status is ${outcome.status}`;
    one.failures = reason === undefined ? 0 : one.failures + 1;
    if (reason !== undefined && manners.patience > 0 && one.failures >= manners.patience)
      one.blacklisted ??= { at: clock.now(), reason };
  }

  /** The deliveries that something brings about; each is sent when it is called, and the same to the letter when it is called again. */
  function notify(happening: Happening): (() => Promise<void>)[] {
    const now = clock.now();
    return [...all.values()].flatMap((one) => {
      if (one.blacklisted || one.expires <= now) return [];
      const filter = one.filters.find((each) => passes(each, happening));
      if (filter === undefined) return [];
      const body = write(one, happening, filter);
      return [() => send(one, body)];
    });
  }

  /** Ends what has expired and reminds of what soon will. */
  async function tick(): Promise<void> {
    const now = clock.now();
    const due: Promise<void>[] = [];
    for (const one of all.values()) {
      if (one.expires <= now) all.delete(one.id);
      else if (one.reminds !== undefined && one.reminds <= now) {
        const filter = one.filters.find(({ subject }) => subject === 'reminder');
        one.reminds += Number(filter?.query.get('interval') ?? 86_400) * 1000;
        const event = `/restapi/v1.0/subscription/${one.id}`;
        if (filter) due.push(send(one, write(one, { subject: 'reminder', event, body: view(one, '') }, filter)));
      }
    }
    await Promise.all(due);
  }

  function view(one: Subscription, platform: string): Json {
    const iso = (at: number) => new Date(at).toISOString();
    return {
      uri: `${platform}restapi/v1.0/subscription/${one.id}`,
      id: one.id,
      creationTime: iso(one.created),
      expirationTime: iso(one.expires),
      expiresIn: Math.max(0, Math.ceil((one.expires - clock.now()) / 1000)),
      status: one.blacklisted ? 'Blacklisted' : 'Active',
      eventFilters: one.filters.map(({ text }) => text),
      deliveryMode: { transportType: 'WebHook', encryption: false, address: one.address },
      ...(one.blacklisted ? { blacklistedData: { blacklistedAt: iso(one.blacklisted.at), reason: one.blacklisted.reason } } : {}),
    };
  }

  return {
    create,
    find,
    list: mine,
    renew,
    remove: (one: Subscription) => void all.delete(one.id),
    notify,
    tick,
    view,
    /** Every one that lives, whoever made it. */
    all: (): readonly Subscription[] => [...all.values()].filter((one) => one.expires > clock.now()),
    /** A user takes back what they allowed. */
    endOf(owner: Extension): void {
      for (const one of all.values()) if (one.owner === owner) all.delete(one.id);
    },
    blacklist(id: string, reason = 'I/O operation is failed. Details: [Read timed out]'): void {
      const one = all.get(id);
      if (one) one.blacklisted = { at: clock.now(), reason };
    },
    setManners: (next: Partial<Manners>) => void Object.assign(manners, next),
  };
}

function lifeOf(seconds: number | undefined): number | undefined {
  if (seconds === undefined) return undefined;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST) throw badParameter('expiresIn');
  return seconds * 1000;
}

/** What is wrong with the answer to a greeting, as the create call tells it. */
function wrongGreeting(outcome: Outcome, token: string): { errorCode: string; message: string } | undefined {
  if ('failed' in outcome) return { errorCode: 'SUB-520', message: `WebHook is not reachable. ${outcome.failed}` };
  if (outcome.status !== 200)
    return {
      errorCode: 'SUB-522',
      message: `WebHook responds with incorrect HTTP status. HTTP status is ${outcome.status}`,
    };
  const good =
    outcome.headers['validation-token'] === token &&
    /^application\/json\b/i.test(outcome.headers['content-type'] ?? '') &&
    outcome.bytes <= 1024;
  return good ? undefined : { errorCode: 'SUB-525', message: 'WebHook server response is invalid' };
}
