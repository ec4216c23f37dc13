import { afterEach, beforeEach, expect, test } from 'vitest';
import { items, object } from './client.ts';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import { codeOf, phone } from './phone.ts';
import type { Ringcentral } from './ringcentral/contract.ts';

const MINUTE = 60_000;
let all: Emulators;
let on: Ringcentral;
beforeEach(async () => {
  all = await startEmulators({ clock: createClock(Date.parse('2026-03-01T10:00:00Z')) });
  on = all.ringcentral;
});
afterEach(() => all.close());

test('a call stands in the log 15 to 30 seconds after its end, in the company’s and in each extension’s under another id', async () => {
  const api = phone(on);
  const { truths } = on.ring('answered-inbound');
  on.clock.turn(14_999);
  expect(await api.list('~/call-log')).toEqual([]);
  on.clock.turn(15_001);
  const [whole] = await api.list('~/call-log');
  const [own] = await api.list('~/extension/~/call-log');
  expect(whole).toMatchObject({
    telephonySessionId: truths[0]?.telephonySessionId,
    sessionId: truths[0]?.sessionId,
    ...{ direction: 'Inbound', result: 'Accepted', type: 'Voice', duration: 126 },
    from: { phoneNumber: '+14155550142' },
  });
  expect(own).toMatchObject({ telephonySessionId: truths[0]?.telephonySessionId, result: 'Accepted' });
  expect(own?.id).not.toBe(whole?.id);
  expect(whole).not.toHaveProperty('legs');
  const [detailed] = await api.list('~/call-log', { view: 'Detailed' });
  expect(detailed).toHaveProperty('lastModifiedTime');
  expect(items(detailed?.legs).map((leg) => object(leg.extension).id)).toEqual([
    on.company.find('ann')?.id,
    on.company.find('ann')?.id,
  ]);
  expect(await api.get(`~/call-log/${whole?.id}`, { view: 'Detailed' })).toMatchObject({
    status: 200,
    body: { id: whole?.id ?? '' },
  });
  expect((await api.get(`~/call-log/${own?.id}`)).status).toBe(404);
});

test('without dateFrom only the last day is listed, newest first, without totals, and pages follow nextPage', async () => {
  const api = phone(on);
  for (let hour = 1; hour <= 30; hour++) on.ring('missed', { begins: on.clock.now() - hour * 60 * MINUTE });
  const { body } = await api.get('~/call-log', { perPage: '10' });
  expect(object(body.paging)).not.toHaveProperty('totalElements');
  expect(items(body.records)).toHaveLength(10);
  let next = object(object(body.navigation).nextPage).uri;
  let found = items(body.records);
  while (typeof next === 'string') {
    const page = await api.get(next);
    found = [...found, ...items(page.body.records)];
    next = object(object(page.body.navigation).nextPage).uri;
  }
  expect(found).toHaveLength(24);
  expect(found.map((one) => String(one.startTime))).toEqual(
    found
      .map((one) => String(one.startTime))
      .sort()
      .reverse(),
  );
  expect(await api.list('~/call-log', { dateFrom: '2026-02-01T00:00:00Z' })).toHaveLength(30);
});

test('the log is filtered by number, extension, session and direction, and refuses what cannot go together', async () => {
  const api = phone(on);
  const begins = on.clock.now() - 60 * MINUTE;
  const { truths } = on.ring('answered-inbound', { begins });
  on.ring('answered-outbound', { begins, cast: { ann: 'bob', customer: '+442071838750' } });
  const count = async (query: { [name: string]: string }) => (await api.list('~/call-log', query)).length;
  expect(await count({ phoneNumber: '442071838750' })).toBe(1);
  expect(await count({ extensionNumber: '102' })).toBe(1);
  expect(await count({ direction: 'Inbound' })).toBe(1);
  expect(await count({ telephonySessionId: truths[0]?.telephonySessionId ?? '' })).toBe(1);
  expect(await count({ sessionId: truths[0]?.sessionId ?? '' })).toBe(1);
  expect(codeOf(await api.get('~/call-log', { sessionId: '1', direction: 'Inbound' }))).toBe('CLG-110');
});

test('a full synchronisation is followed by what changed: later calls, and recordings that arrive', async () => {
  const api = phone(on);
  on.setLag({ least: 0, most: 0 });
  on.ring('recording-late');
  expect(codeOf(await api.get('~/call-log-sync', { syncType: 'FSync' }))).toBe('CMN-101');
  const full = await api.get('~/call-log-sync', { syncType: 'FSync', recordCount: '250', view: 'Detailed' });
  expect(items(full.body.records)).toHaveLength(1);
  const token = object(full.body.syncInfo).syncToken;
  on.clock.turn(5 * MINUTE);
  on.ring('missed');
  const next = await api.get('~/call-log-sync', { syncType: 'ISync', syncToken: String(token) });
  expect(items(next.body.records).map((one) => [one.result, object(one.recording).type])).toEqual([
    ['Missed', undefined],
    ['Accepted', 'Automatic'],
  ]);
  on.clearLog();
  expect(codeOf(await api.get('~/call-log-sync', { syncType: 'ISync', syncToken: String(token) }))).toBe('CLG-101');
  expect(codeOf(await api.get('~/call-log-sync', { syncType: 'ISync', syncToken: 'nonsense' }))).toBe('CLG-101');
});

test('more than 250 changes end an incremental synchronisation', async () => {
  const api = phone(on);
  on.setLag({ least: 0, most: 0 });
  const full = await api.get('~/call-log-sync', { syncType: 'FSync', recordCount: '1' });
  for (let i = 0; i < 251; i++) on.ring('missed', { silent: true, begins: on.clock.now() - 1000 });
  on.clock.turn(MINUTE);
  const syncToken = String(object(full.body.syncInfo).syncToken);
  const next = await api.get('~/call-log-sync', { syncType: 'ISync', syncToken });
  expect(next.status).toBe(400);
  expect(next.text).toContain('max sync record number limit is exceeded');
});

test('extract-sync walks the company’s log by the time of change until nothing newer exists', async () => {
  const api = phone(on);
  on.setLag({ least: 0, most: 60_000 });
  for (let i = 0; i < 30; i++) on.ring('answered-inbound', { silent: true });
  on.clock.turn(MINUTE);
  const seen: string[] = [];
  let query: { [name: string]: string } = { syncType: 'FSync', recordCount: '7' };
  for (let newer = true; newer; ) {
    const { body } = await api.get('~/call-log-extract-sync', query);
    seen.push(...items(body.records).map((one) => String(one.id)));
    const info = object(body.syncInfo);
    newer = info.newerRecordsExist === true;
    query = { syncType: 'ISync', syncToken: String(info.syncToken) };
  }
  expect(seen).toHaveLength(30);
  expect(new Set(seen).size).toBe(30);
  on.ring('recording-late', { silent: true });
  on.clock.turn(MINUTE);
  expect(items((await api.get('~/call-log-extract-sync', query)).body.records)).toHaveLength(1);
});

test('a live session can be read and shows among the active calls; when it is over it is unknown', async () => {
  const api = phone(on);
  const { truths, stop } = on.ring('answered-inbound', { speed: 0.0001 });
  on.clock.turn(4000);
  const path = `~/telephony/sessions/${truths[0]?.telephonySessionId}`;
  expect(await api.get(path)).toMatchObject({
    status: 200,
    body: { id: truths[0]?.telephonySessionId, origin: { type: 'Call' } },
  });
  expect(await api.list('~/active-calls')).toMatchObject([{ result: 'In Progress', sessionId: truths[0]?.sessionId }]);
  expect((await api.call('DELETE', path)).status).toBe(204);
  expect(codeOf(await api.get(path))).toBe('CMN-102');
  stop();
  const over = on.ring('answered-inbound');
  expect((await api.get(`~/telephony/sessions/${over.truths[0]?.telephonySessionId}`)).status).toBe(404);
});

test('an account may ask anything in the words it knows: its own number for ~, and extensions by their ids', async () => {
  const api = phone(on);
  const [ann, bob] = [on.company.find('ann')?.id, on.company.find('bob')?.id];
  on.setLag({ least: 0, most: 0 });
  on.ring('blind-transfer');
  const at = `restapi/v1.0/account/${on.company.id}/extension`;
  expect(await api.list(`${at}/${ann}/call-log`)).toMatchObject([{ result: 'Accepted', duration: 25 }]);
  expect(await api.list(`${at}/${bob}/call-log`)).toMatchObject([{ result: 'Accepted', duration: 187, action: 'Transfer' }]);
});

test('a recording has its facts on the platform and its sound on the media host', async () => {
  const api = phone(on);
  on.setLag({ least: 0, most: 0 });
  on.ring('recording-late');
  const [before] = await api.list('~/call-log');
  expect(before).not.toHaveProperty('recording');
  on.clock.turn(5 * MINUTE);
  const [after] = await api.list('~/call-log');
  const recording = object(after?.recording);
  expect(await api.get(`~/recording/${recording.id}`)).toMatchObject({ status: 200, body: { contentType: 'audio/mpeg' } });
  expect(String(recording.contentUri)).toContain(on.hosts.media);
  const sound = await api.get(String(recording.contentUri));
  expect([sound.status, sound.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
  expect((await api.get('~/recording/1')).status).toBe(404);
});

test('a deleted record is seen by those who ask for deleted ones', async () => {
  const api = phone(on);
  on.setLag({ least: 0, most: 0 });
  const { truths } = on.ring('answered-inbound');
  const full = await api.get('~/call-log-sync', { syncType: 'FSync', recordCount: '10' });
  on.clock.turn(MINUTE);
  on.deleteRecords(truths[0]?.telephonySessionId ?? '');
  expect(await api.list('~/call-log')).toEqual([]);
  const syncToken = String(object(full.body.syncInfo).syncToken);
  const next = await api.get('~/call-log-sync', { syncType: 'ISync', syncToken, showDeleted: 'true' });
  expect(items(next.body.records)).toMatchObject([{ deleted: true }]);
});

test('the company’s log is for admins, other extensions’ logs too, other accounts’ for nobody', async () => {
  const bob = phone(on, on.grant('bob').accessToken);
  expect(codeOf(await bob.get('~/call-log'))).toBe('CMN-408');
  expect((await bob.get('~/extension/~/call-log')).status).toBe(200);
  expect((await bob.get(`~/extension/${on.company.find('ann')?.id}/call-log`)).status).toBe(403);
  expect(codeOf(await bob.get('restapi/v1.0/account/1/extension/~'))).toBe('CMN-102');
  on.setPermissions(['ReadAccounts']);
  expect(await phone(on).get('~/call-log')).toMatchObject({ status: 403, body: { errorCode: 'InsufficientPermissions' } });
});
