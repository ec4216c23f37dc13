import { request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../kit/clock.ts';
import { hash } from '../kit/random.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Account } from './account.ts';
import { ClassicError } from './errors.ts';
import { invalid } from './event.ts';
import type { Message } from './json.ts';

interface Channel {
  id: string;
  account: Account;
  clientId: string;
  resourceId: string;
  resourceUri: string;
  address: string;
  token?: string;
  expires: number;
  /** Of the last message: it grows, and not always by one. */
  number: number;
  unwatch(): void;
}

/** What is watched: where it lies, and how a change of it is heard of. */
export interface Resource {
  uri: string;
  /** Without a wish a channel lives so long, ms. */
  life: number;
  /** What its messages call a change. */
  state: 'exists' | 'change';
  listen(changed: () => void): () => void;
}

/** No channel lives longer. */
export const LONGEST = 604_799_000;
const AGAIN = new Set([500, 502, 503, 504]);
const TRIES = 4;

export type Channels = ReturnType<typeof createChannels>;

/** All push channels, whoever opened them. Messages have no body, and come one after the other for each channel. */
export function createChannels(clock: Clock, traffic?: Traffic) {
  const channels = new Map<string, Channel>();
  const underway = new Set<Promise<void>>();
  let silent = false;

  const live = () => [...channels.values()].filter((one) => one.expires > clock.now());

  /** The greeting is on its way before the call is answered. */
  async function open(account: Account, clientId: string, body: Message, resource: Resource): Promise<Message> {
    const { id, type, address, token, expiration } = body;
    if (typeof id !== 'string' || !/^[A-Za-z0-9\-_+/=]{1,64}$/.test(id)) throw invalid('Invalid value for: channel id');
    if (type !== 'web_hook' && type !== 'webhook') throw invalid('Invalid value for: channel type');
    if (typeof address !== 'string' || !/^https:|^http:\/\/(127\.0\.0\.1|localhost)/.test(address))
      throw new ClassicError(400, 'push.webhookUrlNotHttps', `WebHook callback must be HTTPS: ${String(address)}`);
    if (typeof token === 'string' && token.length > 256) throw invalid('Invalid value for: channel token');
    if (live().some((one) => one.id === id)) throw new ClassicError(400, 'channelIdNotUnique', `Channel id ${id} not unique`);
    const resourceId = hash(`${account.id} ${resource.uri}`).toString(36);
    const expires = Math.min(clock.now() + LONGEST, Number(expiration ?? clock.now() + resource.life));
    const channel: Channel = {
      ...{ id, account, clientId, resourceId, resourceUri: resource.uri, address, expires, number: 0, unwatch: () => {} },
      ...(typeof token === 'string' && { token }),
    };
    await send(channel, 'sync');
    channels.set(id, channel);
    channel.unwatch = resource.listen(() => {
      if (silent || channel.expires <= clock.now() || channels.get(id) !== channel) return;
      const sent = send(channel, resource.state).finally(() => underway.delete(sent));
      underway.add(sent);
    });
    return {
      ...{ kind: 'api#channel', id, resourceId, resourceUri: resource.uri, expiration: String(expires) },
      ...(typeof token === 'string' && { token }),
    };
  }

  async function send(channel: Channel, state: 'sync' | Resource['state']): Promise<void> {
    channel.number += state === 'sync' ? 1 : 1 + (hash(`${channel.id}${channel.number}`) % 3);
    const headers = {
      'content-type': 'application/json; utf-8',
      'content-length': '0',
      'x-goog-channel-id': channel.id,
      'x-goog-message-number': String(channel.number),
      'x-goog-resource-id': channel.resourceId,
      'x-goog-resource-state': state,
      'x-goog-resource-uri': channel.resourceUri,
      'x-goog-channel-expiration': new Date(channel.expires).toUTCString(),
      ...(channel.token === undefined ? {} : { 'x-goog-channel-token': channel.token }),
      'user-agent': 'APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)',
    };
    for (let n = 0; n < TRIES; n++) {
      traffic?.notified({ service: 'gsuite', url: channel.address, headers, body: '' });
      if (!AGAIN.has(await post(channel.address, headers))) return;
      await wait(20 * 2 ** n);
    }
  }

  return {
    open,
    stop(account: Account, clientId: string, { id, resourceId }: Message): void {
      const channel = live().find((one) => one.id === id && one.resourceId === resourceId);
      if (channel === undefined || channel.account !== account || channel.clientId !== clientId)
        throw new ClassicError(404, 'notFound', `Channel '${String(id)}' not found for project '123456789012'`);
      channel.unwatch();
      channels.delete(channel.id);
    },
    /** Those that live now, by id: what they watch and when they end. */
    list: () => live().map(({ id, resourceUri, expires, address }) => ({ id, resourceUri, expires, address })),
    /** From now on nothing is sent: an outage that nobody hears of. */
    silence: (on: boolean): void => {
      silent = on;
    },
    /** Waits until no message is on its way. */
    async settled(): Promise<void> {
      while (underway.size > 0) await Promise.all(underway);
    },
  };
}

/** The status of the answer; 0 where none came. */
function post(address: string, headers: { readonly [name: string]: string }): Promise<number> {
  return new Promise((resolve) => {
    const asked = request(address, { method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    asked.on('error', () => resolve(0));
    asked.end();
  });
}
