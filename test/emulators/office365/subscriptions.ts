import { randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Account } from './account.ts';
import { badRequest, GraphError } from './errors.ts';
import type { Item, Shelf } from './shelf.ts';
import { type Thing, text } from './thing.ts';

export interface Subscription {
  id: string;
  account: Account;
  resource: string;
  changeTypes: readonly string[];
  notificationUrl: string;
  lifecycleNotificationUrl?: string;
  clientState?: string;
  expires: number;
  immutable: boolean;
  /** Somebody has to allow it anew before anything is told. */
  waits: boolean;
}

export type Lifecycle = 'reauthorizationRequired' | 'missed' | 'subscriptionRemoved';

const MINUTE = 60_000;
/** "A request below 45 minutes is raised to 45", and the most that Outlook's resources live. */
const LEAST = 45 * MINUTE;
const LONGEST = 10_080 * MINUTE;
/** For each mailbox, over all apps. */
const MOST = 1_000;
/** An answer may take so long, and a greeting's. */
const WITHIN = 3_000;
const GREETING_WITHIN = 10_000;

const RESOURCES: { readonly [resource: string]: { type: string; segment: string; shelf: (account: Account) => Shelf } } = {
  'me/contacts': { type: 'contact', segment: 'Contacts', shelf: ({ contacts }) => contacts },
  'me/events': { type: 'event', segment: 'Events', shelf: ({ events }) => events },
};

/** The firm whose mailboxes these are. */
const TENANT = '84bd8158-6d4d-4958-8b9f-9d6445542f95';

export type Subscriptions = ReturnType<typeof createSubscriptions>;

export function createSubscriptions(clock: Clock, traffic?: Traffic) {
  const all = new Map<string, Subscription>();
  /** Waits to be sent, by address: several items go in one request. */
  const waiting = new Map<string, Json[]>();
  const outcomes: number[] = [];
  let flushing: Promise<void> = Promise.resolve();
  let due = false;
  let lose = false;

  const living = (): Subscription[] => [...all.values()].filter(({ expires }) => expires > clock.now());

  function find(account: Account, id: string): Subscription {
    const found = living().find((one) => one.id === id && one.account === account);
    if (found === undefined) throw new GraphError(404, 'ResourceNotFound', `The object was not found.`);
    return found;
  }

  async function create(account: Account, given: Thing, immutable: boolean): Promise<Subscription> {
    const [resource, changeTypes] = [
      text(given.resource).replace(/^\//, ''),
      text(given.changeType)
        .split(',')
        .map((one) => one.trim()),
    ];
    if (!Object.hasOwn(RESOURCES, resource)) throw badRequest(`Resource '${resource}' is not supported.`, 'ExtensionError');
    if (changeTypes.some((one) => !['created', 'updated', 'deleted'].includes(one)))
      throw badRequest('changeType is not valid.', 'InvalidRequest');
    if (text(given.clientState).length > 128) throw badRequest('clientState is longer than 128 characters.', 'InvalidRequest');
    const expires = endOf(given);
    if (living().filter((one) => one.account === account).length >= MOST)
      throw new GraphError(
        403,
        'ExtensionError',
        'Operation: Create; Exception: [Status Code: Forbidden; Reason: Has exceeded the maximum number of subscriptions.]',
      );
    for (const url of new Set([text(given.notificationUrl), text(given.lifecycleNotificationUrl)]))
      if (url !== '') await greet(url);
    const made: Subscription = {
      ...{
        id: randomUUID(),
        account,
        resource,
        changeTypes,
        notificationUrl: text(given.notificationUrl),
        expires,
        immutable,
        waits: false,
      },
      ...(given.lifecycleNotificationUrl !== undefined && { lifecycleNotificationUrl: text(given.lifecycleNotificationUrl) }),
      ...(given.clientState !== undefined && { clientState: text(given.clientState) }),
    };
    all.set(made.id, made);
    return made;
  }

  function endOf({ expirationDateTime }: Thing): number {
    const end = Date.parse(text(expirationDateTime));
    const now = clock.now();
    if (Number.isNaN(end) || end <= now) throw badRequest('Subscription expiration must be in the future.', 'InvalidRequest');
    if (end > now + LONGEST)
      throw badRequest('Subscription expiration can only be 10080 minutes in the future.', 'ExtensionError');
    return Math.max(end, now + LEAST);
  }

  /** "200 OK, text/plain, the decoded token as the body", within ten seconds. */
  async function greet(url: string): Promise<void> {
    const token = `Validation: Testing client application reachability for subscription Request-Id: ${randomUUID()} <&>`;
    const address = `${url}${url.includes('?') ? '&' : '?'}validationToken=${encodeURIComponent(token)}`;
    const headers = { 'content-type': 'text/plain; charset=utf-8' };
    traffic?.notified({ service: 'office365', url: address, headers, body: '' });
    const answer = await fetch(address, { method: 'POST', headers, signal: AbortSignal.timeout(GREETING_WITHIN) }).catch(
      () => undefined,
    );
    const said = await answer?.text().catch(() => undefined);
    const right = answer?.status === 200 && /^text\/plain\b/.test(answer.headers.get('content-type') ?? '') && said === token;
    if (!right)
      throw badRequest(
        'Subscription validation request failed. Notification endpoint must respond with 200 OK to validation request.',
        'ValidationError',
      );
  }

  function watch(account: Account): void {
    for (const [resource, { shelf }] of Object.entries(RESOURCES)) {
      shelf(account).watch((change, item) => {
        for (const one of living()) {
          if (one.account === account && one.resource === resource && one.changeTypes.includes(change) && !one.waits)
            tell(one, one.notificationUrl, { changeType: change, ...whatOf(one, item) });
        }
      });
    }
  }

  function whatOf({ account, resource, immutable }: Subscription, item: Item): Thing {
    const { type, segment, shelf } = RESOURCES[resource]!;
    const id = immutable ? item.id : shelf(account).legacyOf(item);
    const path = `Users/${account.id}/${segment}/${id}`;
    const name = `#Microsoft.Graph.${type[0]!.toUpperCase()}${type.slice(1)}`;
    return {
      resource: path,
      resourceData: { '@odata.type': name, '@odata.id': path, '@odata.etag': `W/"${shelf(account).etagOf(item)}"`, id },
    };
  }

  function tell(one: Subscription, url: string, said: Thing): void {
    if (lose) return;
    const item = {
      subscriptionId: one.id,
      subscriptionExpirationDateTime: new Date(one.expires).toISOString(),
      ...(one.clientState !== undefined && { clientState: one.clientState }),
      tenantId: TENANT,
      ...said,
    };
    waiting.set(url, [...(waiting.get(url) ?? []), item]);
    if (due) return;
    due = true;
    setImmediate(flush);
  }

  /** All that waits, an address at a time, one request after the other. */
  function flush(): void {
    due = false;
    const batches = [...waiting];
    waiting.clear();
    flushing = flushing.then(async () => {
      for (const [url, value] of batches)
        for (let at = 0; at < value.length; at += 100) await deliver(url, value.slice(at, at + 100));
    });
  }

  async function deliver(url: string, value: Json[]): Promise<void> {
    const body = JSON.stringify({ value });
    const headers = { 'content-type': 'application/json; charset=utf-8' };
    traffic?.notified({ service: 'office365', url, headers, body });
    for (let attempt = 0; attempt < 3; attempt++) {
      const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(WITHIN) }).catch(
        () => undefined,
      );
      await answer?.arrayBuffer().catch(() => undefined);
      outcomes.push(answer?.status ?? 0);
      if (answer?.ok) return;
    }
  }

  return {
    create,
    find,
    watch,
    list: (account: Account): Subscription[] => living().filter((one) => one.account === account),
    /** Makes it last longer; that is a leave to go on, too. */
    renew(one: Subscription, given: Thing): Subscription {
      one.expires = endOf(given);
      one.waits = false;
      return one;
    },
    reauthorize: (one: Subscription): void => void Object.assign(one, { waits: false }),
    remove: (one: Subscription): void => void all.delete(one.id),
    /** Something happens to the subscriptions of an account themselves. */
    lifecycle(account: Account, lifecycleEvent: Lifecycle): void {
      for (const one of living().filter((each) => each.account === account)) {
        if (lifecycleEvent === 'reauthorizationRequired') one.waits = true;
        if (lifecycleEvent === 'subscriptionRemoved') all.delete(one.id);
        if (one.lifecycleNotificationUrl !== undefined) tell(one, one.lifecycleNotificationUrl, { lifecycleEvent });
      }
    },
    /** From now on nothing is told, as on days on which the service fails. */
    setLoss: (losing: boolean): void => {
      lose = losing;
    },
    view: (one: Subscription): Thing => ({
      ...{ id: one.id, resource: one.resource, applicationId: TENANT, changeType: one.changeTypes.join() },
      ...{
        clientState: one.clientState ?? null,
        notificationUrl: one.notificationUrl,
        lifecycleNotificationUrl: one.lifecycleNotificationUrl ?? null,
      },
      ...{
        expirationDateTime: new Date(one.expires).toISOString(),
        creatorId: one.account.id,
        latestSupportedTlsVersion: 'v1_2',
      },
    }),
    /** Statuses of the hub's answers, in their order; 0: none. */
    outcomes: (): readonly number[] => outcomes,
    /** Resolves when nothing is on its way. */
    async settled(): Promise<void> {
      while (due || waiting.size > 0) await new Promise((resolve) => setImmediate(resolve));
      await flushing;
      if (due || waiting.size > 0) await this.settled();
    },
  };
}
