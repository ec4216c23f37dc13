import { afterEach, beforeEach, expect, test } from 'vitest';
import { items, object } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import { codeOf, phone } from './phone.ts';
import type { Ringcentral } from './ringcentral/contract.ts';

let all: Emulators;
let on: Ringcentral;
beforeEach(async () => {
  all = await startEmulators({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
  on = all.ringcentral;
});
afterEach(() => all.close());

const CONTACT = '~/extension/~/address-book/contact';

test('the company, its extensions and their numbers; ids are numbers, and the company’s is that of its first user', async () => {
  const api = phone(on);
  const { body } = await api.get('~');
  expect(body).toMatchObject({ id: on.company.id, mainNumber: '+12025550100', operator: { id: on.company.id } });
  expect(await api.list('~/extension', { type: 'Department' })).toMatchObject([{ name: 'Support' }, { name: 'Sales' }]);
  expect(await api.list('~/extension', { email: 'bob@example.com' })).toMatchObject([{ extensionNumber: '102' }]);
  expect((await api.get('~/extension/~')).body).toMatchObject({
    id: on.company.find('ann')?.id,
    contact: { email: 'ann@example.com' },
  });
  const numbers = await api.list('~/extension/~/phone-number', { usageType: 'DirectNumber' });
  expect(numbers).toMatchObject([{ phoneNumber: '+12025550111', features: ['CallerId', 'SmsSender', 'MmsSender'] }]);
  expect((await api.list('~/phone-number')).map((one) => one.usageType)).toContain('MainCompanyNumber');
});

test('contacts: PUT replaces, PATCH changes what is sent, nothing makes them unique', async () => {
  const api = phone(on);
  const given = { firstName: 'Ada', lastName: 'Lovelace', mobilePhone: '+14155550142', homeAddress: { city: 'London' } };
  const { body: made } = await api.call('POST', CONTACT, { body: given });
  expect(made).toMatchObject({ ...given, availability: 'Alive', id: expect.any(Number) });
  const { body: twin } = await api.call('POST', CONTACT, { body: given });
  expect(twin.id).not.toBe(made.id);
  const path = `${CONTACT}/${made.id}`;
  expect((await api.call('PATCH', path, { body: { notes: 'met' } })).body).toMatchObject({
    firstName: 'Ada',
    notes: 'met',
  });
  expect((await api.get(path)).body).toMatchObject({ lastName: 'Lovelace' });
  expect((await api.call('PUT', path, { body: { lastName: 'King' } })).body).not.toHaveProperty('firstName');
  expect(await api.list(CONTACT, { phoneNumber: '+14155550142' })).toMatchObject([{ id: twin.id ?? 0 }]);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect(codeOf(await api.get(path))).toBe('CMN-102');
});

test('the address book is synchronised page by page, and then by what changed, deletions included', async () => {
  const api = phone(on);
  for (let i = 0; i < 7; i++) on.addContact('ann', { firstName: `A${i}` });
  on.addContact('bob', { firstName: 'Elsewhere' });
  const seen: unknown[] = [];
  let [pageId, syncToken]: [string | undefined, string] = [undefined, ''];
  do {
    const { body } = await api.get('~/extension/~/address-book-sync', { syncType: 'FSync', perPage: '3', pageId });
    seen.push(...items(body.records).map((one) => one.firstName));
    pageId = body.nextPageId === undefined ? undefined : String(body.nextPageId);
    syncToken = String(object(body.syncInfo).syncToken);
  } while (pageId !== undefined);
  expect(seen).toHaveLength(7);
  on.clock.turn(1000);
  const [first, second] = on.contacts('ann');
  on.editContact(first?.id ?? 0, { firstName: 'Anew' });
  on.deleteContact(second?.id ?? 0);
  const next = await api.get('~/extension/~/address-book-sync', { syncType: 'ISync', syncToken });
  expect(items(next.body.records)).toMatchObject([{ firstName: 'Anew' }, { id: second?.id ?? 0, availability: 'Deleted' }]);
  on.expireSyncTokens();
  expect((await api.get('~/extension/~/address-book-sync', { syncType: 'ISync', syncToken })).status).toBe(400);
});

test('texts: sent from one’s own number only, queued at first; conversation ids have more digits than a number holds', async () => {
  const api = phone(on);
  const body = { from: { phoneNumber: '+12025550111' }, to: [{ phoneNumber: '+14155550142' }], text: 'Good morning' };
  const sent = await api.call('POST', '~/extension/~/sms', { body });
  expect(sent.body).toMatchObject({ type: 'SMS', direction: 'Outbound', subject: 'Good morning', messageStatus: 'Queued' });
  const digits = /"conversationId":(\d+)/.exec(sent.text)?.[1] ?? '';
  expect(digits).toBe(object(sent.body.conversation).id);
  expect(BigInt(digits)).toBeGreaterThan(2n ** 53n);
  expect((await api.call('POST', '~/extension/~/sms', { body: { ...body, from: { phoneNumber: '+12025550112' } } })).status).toBe(
    403,
  );
  expect(codeOf(await api.call('POST', '~/extension/~/sms', { body: { ...body, text: 'x'.repeat(1001) } }))).toBe('CMN-101');
});

test('messages are synchronised: new ones, changed ones, deleted ones as stubs', async () => {
  const api = phone(on);
  on.receiveText('ann', { from: '+14155550142', text: 'one' });
  on.clock.turn(10_000);
  const full = await api.get('~/extension/~/message-sync', { syncType: 'FSync', recordCount: '250' });
  expect(items(full.body.records)).toMatchObject([{ subject: 'one', direction: 'Inbound' }]);
  on.clock.turn(10_000);
  const two = on.receiveText('ann', { from: '+14155550142', text: 'two' });
  const syncToken = String(object(full.body.syncInfo).syncToken);
  const next = await api.get('~/extension/~/message-sync', { syncType: 'ISync', syncToken });
  expect(items(next.body.records)).toMatchObject([{ subject: 'two' }]);
  on.clock.turn(10_000);
  await api.call('DELETE', `~/extension/~/message-store/${two.id}`);
  const last = await api.get('~/extension/~/message-sync', {
    syncType: 'ISync',
    syncToken: String(object(next.body.syncInfo).syncToken),
  });
  expect(items(last.body.records)).toEqual([expect.objectContaining({ id: two.id, availability: 'Deleted' })]);
  expect(items(last.body.records)[0]).not.toHaveProperty('subject');
  expect(codeOf(await api.get('~/extension/~/message-sync', { syncType: 'ISync', syncToken: 'old' }))).toBe('MSG-333');
});

test('a voicemail has a sound and, when it is transcribed, a text; the call names it', async () => {
  const api = phone(on);
  on.setLag({ least: 0, most: 0 });
  on.ring('voicemail-with-transcript');
  const [message] = await api.list('~/extension/~/message-store', { messageType: 'VoiceMail' });
  expect(message).toMatchObject({ vmTranscriptionStatus: 'Completed', readStatus: 'Unread' });
  const [sound, text] = items(message?.attachments);
  expect((await api.get(String(sound?.uri))).headers.get('content-type')).toBe('audio/mpeg');
  expect((await api.get(String(text?.uri))).text).toContain('delivery on Friday');
  const [call] = await api.list('~/extension/~/call-log');
  expect(object(call?.message)).toMatchObject({ id: String(message?.id), type: 'VoiceMail' });
  on.transcribe(Number(message?.id), 'Failed');
  expect(items((await api.get(`~/extension/~/message-store/${message?.id}`)).body.attachments)).toHaveLength(1);
});

test('RingOut rings the user, then the other side, as two sessions, and is gone when it is over', async () => {
  const api = phone(on);
  on.setRingOut({ story: 'ring-out-answered', speed: 60 });
  const body = { from: { phoneNumber: '+12025550111' }, to: { phoneNumber: '+13125550123' } };
  const { body: made } = await api.call('POST', '~/extension/~/ring-out', { body });
  expect(made).toMatchObject({ id: expect.any(String), status: { callStatus: 'InProgress', callerStatus: 'InProgress' } });
  const path = `~/extension/~/ring-out/${made.id}`;
  const said = new Set<string>();
  for (let now = await api.get(path); now.status === 200; now = await api.get(path))
    said.add(String(object(now.body.status).callStatus));
  expect(said).toContain('Success');
  on.clock.turn(30_000);
  const records = await api.list('~/extension/~/call-log');
  expect(records.map((one) => [one.direction, one.action, object(one.to).phoneNumber]).sort()).toEqual([
    ['Inbound', 'RingOut Web', '+12025550111'],
    ['Outbound', 'RingOut Web', '+13125550123'],
  ]);
  expect(
    (await api.call('POST', '~/extension/~/ring-out', { body: { ...body, from: { phoneNumber: '+19995550100' } } })).status,
  ).toBe(400);
});

test('RingOut is cancelled while the user’s own phone rings, and not afterwards', async () => {
  const api = phone(on);
  on.setRingOut({ speed: 0.01 });
  const body = { from: { phoneNumber: '+12025550111' }, to: { phoneNumber: '+13125550123' } };
  const { body: made } = await api.call('POST', '~/extension/~/ring-out', { body });
  expect((await api.call('DELETE', `~/extension/~/ring-out/${made.id}`)).status).toBe(204);
  expect((await api.get(`~/extension/~/ring-out/${made.id}`)).status).toBe(404);
  on.clock.turn(30_000);
  expect(await api.list('~/extension/~/call-log')).toMatchObject([{ result: 'Stopped' }]);
  on.setRingOut({ speed: 30 });
  const { body: next } = await api.call('POST', '~/extension/~/ring-out', { body });
  const path = `~/extension/~/ring-out/${next.id}`;
  while (object((await api.get(path)).body.status).callerStatus === 'InProgress');
  expect((await api.call('DELETE', path)).status).toBe(404);
});

test('another process drives it by orders', async () => {
  const order = async (name: string, body: object = {}) => {
    const answer = await fetch(`${on.hosts.platform}_control/${name}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: answer.status, body: await answer.json() };
  };
  expect((await order('stories')).body.length).toBeGreaterThan(60);
  const { body } = await order('ring', { story: 'answered-inbound', cast: { ann: 'bob', customer: { number: '+13125550123' } } });
  expect(body).toMatchObject([{ outside: '+13125550123', extensionId: String(on.company.find('bob')?.id), talkSeconds: 120 }]);
  expect(await order('ring', { story: 'no such story' })).toMatchObject({ status: 400 });
});
