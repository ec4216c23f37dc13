import { afterEach, beforeEach, expect, test } from 'vitest';
import { items, object } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import { codeOf, greeting, type Listener, listener, phone } from './phone.ts';
import type { Ringcentral } from './ringcentral/contract.ts';

const DAY = 86_400_000;
let all: Emulators;
let on: Ringcentral;
let hub: Listener;
beforeEach(async () => {
  all = await startEmulators({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
  on = all.ringcentral;
  hub = await listener();
});
afterEach(() => Promise.all([all.close(), hub.close()]));

test('a subscription stands when its address has greeted back; it lives seven days', async () => {
  const { status, body } = await phone(on).subscribe(hub.url);
  expect(status).toBe(200);
  expect(hub.greetings).toHaveLength(1);
  expect(body).toMatchObject({
    status: 'Active',
    ...{ expiresIn: 604_800, eventFilters: [`/restapi/v1.0/account/${on.company.id}/telephony/sessions`] },
    deliveryMode: { transportType: 'WebHook', encryption: false, address: hub.url },
  });
  expect(await phone(on).list('restapi/v1.0/subscription')).toMatchObject([{ id: body.id ?? '' }]);
  on.clock.turn(7 * DAY);
  expect(await phone(on).list('restapi/v1.0/subscription')).toEqual([]);
});

test.each([
  ['another status than 200', 'SUB-522', (_: unknown, response: never) => Object(response).writeHead(204).end()],
  [
    'no echo',
    'SUB-525',
    (_: unknown, response: never) => Object(response).writeHead(200, { 'content-type': 'application/json' }).end(),
  ],
  [
    'another type than JSON',
    'SUB-525',
    (heard: never, response: never) =>
      Object(response)
        .writeHead(200, { ...greeting(heard), 'content-type': 'text/html' })
        .end(),
  ],
  [
    'more than 1024 bytes',
    'SUB-525',
    (heard: never, response: never) =>
      Object(response)
        .writeHead(200, { ...greeting(heard), 'x-much': 'x'.repeat(1000) })
        .end(),
  ],
  ['no answer in time', 'SUB-520', () => {}],
])('a greeting with %s is refused as %s', async (_, code, how) => {
  if (code === 'SUB-520') on.setManners({ within: 200 });
  const wrong = await listener(how as never);
  const answer = await phone(on).subscribe(wrong.url);
  expect([answer.status, codeOf(answer)]).toEqual([400, code]);
  await wrong.close();
  expect(on.subscriptions()).toEqual([]);
});

test('notifications carry the verification token, ids as texts, and the path of whom they are about', async () => {
  const api = phone(on);
  await api.subscribe(hub.url);
  const { truths } = on.ring('answered-inbound');
  await on.settled();
  expect(hub.notifications).toHaveLength(7);
  expect(new Set(hub.notifications.map(({ headers }) => headers['verification-token']))).toEqual(new Set(['proof']));
  const events = hub.events().sort((a, b) => Number(object(a.body).sequence) - Number(object(b.body).sequence));
  const ann = on.company.find('ann')?.id;
  expect(events.map((one) => String(one.event).replace(/^.*account\/\d+/, ''))).toEqual([
    '/telephony/sessions',
    ...Array(3).fill(`/extension/${ann}/telephony/sessions`),
    ...['/telephony/sessions', `/extension/${ann}/telephony/sessions`, '/telephony/sessions'],
  ]);
  expect(object(events[1]?.body)).toMatchObject({ telephonySessionId: truths[0]?.telephonySessionId, sequence: 3 });
  expect(items(object(events[1]?.body).parties)[0]).toMatchObject({ extensionId: String(ann), direction: 'Inbound' });
});

test('an extension’s filter hears that extension alone, and filters by state and direction', async () => {
  const bob = phone(on, on.grant('bob').accessToken);
  const filter = '/restapi/v1.0/account/~/extension/~/telephony/sessions?statusCode=Answered';
  await bob.subscribe(hub.url, { eventFilters: [filter] });
  expect(codeOf(await bob.subscribe(hub.url))).toBe('CMN-408');
  on.ring('answered-inbound');
  on.ring('answered-inbound', { cast: { ann: 'bob' } });
  await on.settled();
  expect(hub.events().map((one) => items(object(one.body).parties)[0]?.extensionId)).toEqual([
    String(on.company.find('bob')?.id),
  ]);
});

test('an address that fails or is slow is called no more, and says why', async () => {
  const api = phone(on);
  const rude = await listener(({ headers, body }, response) => {
    if (body === '') response.writeHead(200, greeting({ headers, body })).end();
    else response.writeHead(500).end();
  });
  const { body } = await api.subscribe(rude.url);
  on.ring('missed');
  await on.settled();
  const now = await api.get(`restapi/v1.0/subscription/${body.id}`);
  expect(now.body).toMatchObject({ status: 'Blacklisted', blacklistedData: { reason: expect.stringContaining('500') } });
  const before = rude.notifications.length;
  on.ring('missed');
  await on.settled();
  expect(rude.notifications).toHaveLength(before);
  await rude.close();
});

test('a slow answer counts as none; with patience it takes more than one', async () => {
  const slow = await listener(({ headers, body }, response) => {
    if (body === '') response.writeHead(200, greeting({ headers, body })).end();
  });
  await phone(on).subscribe(slow.url, {
    eventFilters: ['/restapi/v1.0/account/~/telephony/sessions?statusCode=Setup&direction=Inbound'],
  });
  on.setManners({ within: 100, patience: 3 });
  for (const blacklisted of [false, false, true]) {
    on.ring('missed');
    await on.settled();
    expect(on.subscriptions()[0]?.blacklisted !== undefined).toBe(blacklisted);
  }
  await slow.close();
});

test('renewing and changing make it last again, deleting ends it', async () => {
  const api = phone(on);
  const { body } = await api.subscribe(hub.url, { expiresIn: 3600 });
  const path = `restapi/v1.0/subscription/${body.id}`;
  on.clock.turn(3_000_000);
  expect((await api.call('POST', `${path}/renew`)).body.expiresIn).toBe(3600);
  expect(
    (
      await api.call('PUT', path, {
        body: { eventFilters: ['/restapi/v1.0/account/~/extension/~/message-store'], expiresIn: 60 },
      })
    ).body,
  ).toMatchObject({
    expiresIn: 60,
    eventFilters: [expect.stringMatching(/extension\/\d+\/message-store$/)],
  });
  expect(codeOf(await api.subscribe(hub.url, { expiresIn: 315_360_001 }))).toBe('CMN-101');
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect((await api.get(path)).status).toBe(404);
});

test('no more than thirty', async () => {
  const api = phone(on);
  for (let i = 0; i < 30; i++) await api.subscribe(hub.url);
  expect(codeOf(await api.subscribe(hub.url))).toBe('SUB-505');
});

test('a reminder comes before the end, and a subscription is more than a reminder', async () => {
  const api = phone(on);
  const reminder = '/restapi/v1.0/subscription/~?threshold=86400&interval=15000';
  expect(codeOf(await api.subscribe(hub.url, { eventFilters: [reminder] }))).toBe('SUB-515');
  await api.subscribe(hub.url, { eventFilters: ['/restapi/v1.0/account/~/extension', reminder] });
  on.clock.turn(6 * DAY - 1);
  await on.settled();
  expect(hub.notifications).toHaveLength(0);
  on.clock.turn(1);
  await on.settled();
  expect(hub.events()).toMatchObject([{ event: expect.stringContaining('threshold=86400') }]);
});

test('in bad weather deliveries are lost, doubled to the letter and out of order, the same for the same seed', async () => {
  await phone(on).subscribe(hub.url);
  on.setWeather({ lost: 0.2, doubled: 0.3, shuffled: true, seed: 7 });
  for (let i = 0; i < 20; i++) on.ring('hold-and-resume');
  await on.settled();
  const { sent, lost, doubled } = on.deliveries();
  expect(hub.notifications).toHaveLength(sent);
  expect(sent).toBe(20 * 13 - lost + doubled);
  expect(lost).toBeGreaterThan(0);
  expect(doubled).toBeGreaterThan(0);
  const bodies = hub.notifications.map(({ body }) => body);
  expect(bodies.length - new Set(bodies).size).toBe(doubled);
  const order = hub.events().map((one) => Number(object(one.body).sequence));
  expect(order.slice(0, 10)).not.toEqual([...order.slice(0, 10)].sort((a, b) => a - b));
});

test('texts and voicemails are told: how much changed, and the message itself', async () => {
  const at = '/restapi/v1.0/account/~/extension/~';
  await phone(on).subscribe(hub.url, { eventFilters: [`${at}/message-store`, `${at}/voicemail`] });
  await phone(on).subscribe(hub.url, { eventFilters: [`${at}/message-store/instant?type=SMS`] });
  on.receiveText('ann', { from: '+14155550142', text: 'Are you open on Sunday?' });
  on.ring('voicemail-with-transcript');
  await on.settled();
  const told = hub.events().map((one) => String(one.event).replace(/^.*extension\/\d+\//, ''));
  expect(told.sort()).toEqual(['message-store', 'message-store', 'message-store/instant?type=SMS', 'voicemail']);
  const text = hub.events().find((one) => String(one.event).includes('instant'));
  expect(object(text?.body)).toMatchObject({ subject: 'Are you open on Sunday?', id: expect.any(String) });
});

test('deliveries come in order unless the weather says otherwise, and can be repeated', async () => {
  const api = phone(on);
  await api.subscribe(hub.url);
  on.ring('queue-answered');
  await on.settled();
  const sequences = hub.events().map((one) => Number(object(one.body).sequence));
  expect(sequences).toEqual(sequences.map((_, n) => n + 2));
  on.redeliver(3);
  await on.settled();
  const bodies = hub.notifications.map(({ body }) => body);
  expect(bodies.slice(-3)).toEqual(bodies.slice(-6, -3));
});

test('a story can be told over time, and deliveries may be late', async () => {
  await phone(on).subscribe(hub.url);
  on.setWeather({ late: 30, abreast: 8, seed: 3 });
  const { over } = on.ring('rejected', { speed: 100 });
  expect(hub.notifications.length).toBeLessThan(5);
  await over;
  await on.settled();
  expect(hub.notifications).toHaveLength(5);
});

test('whoever takes back what they allowed hears no more', async () => {
  await phone(on).subscribe(hub.url);
  on.revoke('ann');
  on.ring('missed');
  await on.settled();
  expect([on.subscriptions().length, hub.notifications.length]).toEqual([0, 0]);
});

test('people who come and change are told of', async () => {
  await phone(on).subscribe(hub.url, { eventFilters: ['/restapi/v1.0/account/~/extension'] });
  on.addExtension({ role: 'gus', name: 'Gus Grant', email: 'gus@example.com' });
  on.changeExtension('gus', { status: 'Disabled' });
  await on.settled();
  expect(
    hub
      .events()
      .map((one) => object(one.body).eventType)
      .sort(),
  ).toEqual(['Create', 'Update']);
});
