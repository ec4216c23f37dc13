/** Push messages as Google sends them: proven by their token alone, without a body, each with its number. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { gsuite } from '#connectors/gsuite/index.ts';
import type { Delivery, Proof, Webhooks } from '#kit/webhook.ts';
import { createBench } from '../conformance/bench.ts';
import { signedIn } from '../conformance/drivers/gsuite.ts';

const webhooks: Webhooks = gsuite.webhooks;
const SAMPLES = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'vendors', 'samples', 'google');
const proof: Proof = { secrets: ['newest', 'former'], now: 0 };
const CHANNEL = `104711-${'ab'.repeat(16)}`;

const message = (headers: { [name: string]: string } = {}, method: Delivery['method'] = 'POST'): Delivery => ({
  method,
  headers: {
    'x-goog-channel-id': CHANNEL,
    'x-goog-channel-token': 'newest',
    'x-goog-resource-state': 'exists',
    'x-goog-message-number': '10',
    ...headers,
  },
  query: '',
  body: new Uint8Array(),
});

describe('what proves a message', () => {
  test.each(['newest', 'former'])('the token %s, while it lives', (token) => {
    expect(webhooks.verify(message({ 'x-goog-channel-token': token }), proof)).toEqual({ is: 'genuine' });
  });

  test('another token, none, an empty one, or another method prove nothing, not even a greeting', () => {
    const { 'x-goog-channel-token': _, ...bare } = message().headers;
    for (const forged of [
      message({ 'x-goog-channel-token': 'guessed' }),
      message({ 'x-goog-channel-token': '' }),
      message({ 'x-goog-channel-token': 'guessed', 'x-goog-resource-state': 'sync' }),
      { ...message(), headers: bare },
      message({}, 'GET'),
    ]) {
      expect(webhooks.verify(forged, proof)).toMatchObject({ is: 'forged' });
    }
    expect(webhooks.verify(message(), { ...proof, secrets: [] })).toMatchObject({ is: 'forged' });
  });

  test('the first message of a channel is answered and not kept', () => {
    const verdict = { is: 'greeting', answer: { status: 200, headers: {}, body: '' } };
    expect(webhooks.verify(message({ 'x-goog-resource-state': 'sync' }), proof)).toEqual(verdict);
    expect(webhooks.verify(webhooks.greeting!('any', proof), proof)).toEqual(verdict);
  });
});

describe('what a message says', () => {
  test('that something changed, in the account whose channel it is', () => {
    expect(webhooks.parse(message())).toEqual([{ account: '104711', is: 'touched', stream: 'events' }]);
    const drive = { 'x-goog-resource-uri': 'https://www.googleapis.com/drive/v3/changes?alt=json' };
    for (const state of ['change', 'changed'])
      expect(webhooks.parse(message({ ...drive, 'x-goog-resource-state': state }))).toMatchObject([{ stream: 'files' }]);
    expect(webhooks.parse(message({ 'x-goog-resource-state': 'not_exists' }))).toHaveLength(1);
    expect(webhooks.parse({ ...message(), body: new TextEncoder().encode('{"kind":"api#channel"}') })).toHaveLength(1);
  });

  test('a channel that is none of ours is a failure with its name', () => {
    expect(() => webhooks.parse(message({ 'x-goog-channel-id': 'channel-ID-value' }))).toThrow('"channel-ID-value"');
  });

  test('copies of one bear one number', () => {
    expect(webhooks.identity!(message())).toBe(webhooks.identity!(message()));
    expect(webhooks.identity!(message())).not.toBe(webhooks.identity!(message({ 'x-goog-message-number': '11' })));
    expect(webhooks.identity!({ ...message(), headers: {} })).toBeUndefined();
  });
});

test('what is renewed is known, though a former channel cannot be stopped: it ends by itself', async () => {
  const { gsuite: google, world } = await signedIn({});
  try {
    const { ctx } = createBench(gsuite, gsuite.streams.events, { ...world, ids: () => [], misfit: () => '' });
    const wanted = { url: 'http://127.0.0.1:4/nobody', secret: 'newest', streams: ['events'] };
    const made = await webhooks.subscribe!(ctx, wanted);
    expect(google.channels.list().length).toBe(2);
    google.faults.add({ kind: 'status', status: 403, operation: 'calendar.channels.stop' });
    const renewed = await webhooks.renew!(ctx, made.id, wanted);
    expect(google.channels.list().length).toBe(3);
    await webhooks.unsubscribe!(ctx, renewed.id);
    expect(google.channels.list().map(({ id }) => made.id.includes(id))).toEqual([true]);
  } finally {
    await world.close();
  }
});

describe.skipIf(!existsSync(SAMPLES))('messages of Google’s own guide (skipped where the vendors’ facts are not at hand)', () => {
  test.each(['calendar-push-sync', 'calendar-push-exists'])('%s is proven by its token', (name) => {
    const { headers } = JSON.parse(readFileSync(join(SAMPLES, `${name}.json`), 'utf8')) as {
      headers: { [name: string]: string };
    };
    const lower = Object.fromEntries(Object.entries(headers).map(([one, value]) => [one.toLowerCase(), value]));
    const delivery: Delivery = { ...message(), headers: lower };
    const secrets = [lower['x-goog-channel-token']!];
    expect(webhooks.verify(delivery, { ...proof, secrets })).toMatchObject({
      is: name.endsWith('sync') ? 'greeting' : 'genuine',
    });
    expect(webhooks.verify(delivery, proof)).toMatchObject({ is: 'forged' });
  });
});
