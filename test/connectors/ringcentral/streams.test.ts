/** What streams make of RingCentral's answers: the call log, messages, contacts. */
import nock from 'nock';
import { describe, expect, test } from 'vitest';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import { Changed, Refused } from '#kit/errors.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Page } from '#kit/stream.ts';
import {
  API,
  answerAlone,
  appLacks,
  caught,
  context,
  get,
  idsOf,
  lookAt,
  ME,
  read,
  refusal,
  synced,
  userLacks,
} from './answering.ts';
import { call, HOST, leg, MEDIA, START, sms } from './fixtures.ts';

answerAlone();

describe('the call log', () => {
  const { calls } = ringcentral.streams;
  const SYNC = `${API}/call-log-extract-sync`;

  test('is read by its sync, 29 days back, as long as there is more; then what changed', async () => {
    const ctx = context();
    get(SYNC, { syncType: 'FSync', dateFrom: '2026-01-31T10:00:00.000Z', recordCount: '1000', view: 'Detailed' }).reply(
      200,
      synced([call({}, 's-1')], 'A', { newerRecordsExist: true }),
    );
    get(SYNC, { syncType: 'ISync', syncToken: 'A', view: 'Detailed' }).reply(
      200,
      synced([call({}, 's-2')], 'B', { newerRecordsExist: false }),
    );
    const pages = await read(calls, ctx);
    expect(idsOf(pages)).toEqual([['s-1'], ['s-2']]);
    expect(pages.map((page) => 'last' in page && page.last)).toEqual([false, true]);
    get(SYNC, { syncType: 'ISync', syncToken: 'B', view: 'Detailed' }).reply(
      200,
      synced([call({ result: 'In Progress' }, 's-3'), call({ deleted: true }, 's-4')], 'C', { newerRecordsExist: false }),
    );
    expect(idsOf(await read(calls, ctx, (pages.at(-1) as Page).next))).toEqual([[]]);
  });

  test('what is older than a sync reaches is read by windows, latest first, page by page', async () => {
    const ctx = context({ backfillDays: 70 });
    get(SYNC).reply(200, synced([], 'A', { newerRecordsExist: false }));
    const window = (dateFrom: string, dateTo: string, page: string) =>
      get(`${API}/call-log`, { view: 'Detailed', perPage: '1000', dateFrom, dateTo, page });
    const next = (page: number) => ({
      navigation: { nextPage: { uri: `${HOST}/x?page=${page}&perPage=1000` } },
      paging: { page: page - 1, perPage: 1000 },
    });
    window('2026-01-01T10:00:00.000Z', '2026-01-31T10:00:00.000Z', '1').reply(200, { records: [call({}, 's-3')], ...next(2) });
    window('2026-01-01T10:00:00.000Z', '2026-01-31T10:00:00.000Z', '2').reply(200, { records: [call({}, 's-2')] });
    window('2025-12-21T10:00:00.000Z', '2026-01-01T10:00:00.000Z', '1').reply(200, { records: [call({}, 's-1')] });
    const pages = await read(calls, ctx);
    expect(idsOf(pages)).toEqual([[], ['s-3'], ['s-2'], ['s-1']]);
    expect((pages.at(-1) as Page).next).toEqual({ of: 'company', token: 'A' });
  });

  test('whoever may not read that of the company reads their own', async () => {
    const ctx = context({ backfillDays: 2 });
    get(SYNC).reply(403, userLacks);
    get(`${ME}/call-log-sync`, {
      syncType: 'FSync',
      dateFrom: '2026-01-31T10:00:00.000Z',
      recordCount: '250',
      view: 'Detailed',
    }).reply(200, synced([call()], 'O'));
    get(`${ME}/call-log`).reply(200, { records: [call({}, 's-9')] });
    const pages = await read(calls, ctx);
    expect(idsOf(pages)).toEqual([[], ['s-9']]);
    get(`${ME}/call-log-sync`, { syncType: 'ISync', syncToken: 'O', view: 'Detailed' }).reply(
      200,
      synced([call({}, 's-10')], 'P'),
    );
    expect(idsOf(await read(calls, ctx, (pages.at(-1) as Page).next))).toEqual([['s-10']]);
    get(`${API}/call-log`).reply(403, userLacks);
    get(`${ME}/call-log`).reply(200, { records: [call()] });
    expect((await lookAt(ctx)).rows).toHaveLength(1);
  });

  test('whoever loses the right to read that of the company begins anew', async () => {
    get(SYNC).reply(403, userLacks);
    expect(await read(calls, context(), { of: 'company', token: 'A' })).toEqual([{ lost: expect.stringContaining('CMN-408') }]);
  });

  test('an app that lacks the permission is told so, and falls back to nothing', async () => {
    get(SYNC).reply(403, appLacks);
    expect(await caught(read(calls, context()))).toBeInstanceOf(Refused);
  });

  test.each([
    ['CLG-101', {}],
    ['CLG-104', {}],
    [
      'CMN-101',
      { parameterName: 'syncToken', message: 'Parameter [syncToken] is invalid [max sync record number limit is exceeded]' },
    ],
  ])('a token refused with %s is lost', async (code, more) => {
    get(SYNC).reply(400, refusal(code, more));
    expect(await read(calls, context(), { of: 'company', token: 'A' })).toEqual([{ lost: expect.stringContaining(code) }]);
  });

  test('another refusal is none of a token', async () => {
    get(SYNC).reply(400, refusal('CLG-110'));
    expect(await caught(read(calls, context(), { of: 'company', token: 'A' }))).toBeInstanceOf(Refused);
  });

  test('a call is looked up in all of the log by its session; an old one by its legacy session alone', async () => {
    const ctx = context();
    get(`${API}/call-log`, {
      telephonySessionId: 's-1',
      view: 'Detailed',
      dateFrom: '2000-01-01T00:00:00.000Z',
      page: '1',
    }).reply(200, { records: [call()] });
    get(`${API}/call-log`, { sessionId: '1039811321016', view: 'Detailed', page: '1' }).reply(200, { records: [] });
    get(`${API}/call-log`).reply(200, { records: [call({ result: 'In Progress' }, 's-2')] });
    const found = await calls.fetch!(ctx, ['s-1', '1039811321016', 's-2']);
    expect([found.rows.map(({ id }) => id), found.gone]).toEqual([['s-1'], ['1039811321016']]);
  });

  test('a record that breaks its fields is held, the rest goes on', async () => {
    get(SYNC).reply(200, synced([call({ startTime: 'x' }, 's-1'), call({}, 's-2')], 'A'));
    const [page] = (await read(calls, context())) as Page[];
    expect([page!.rows.map(({ id }) => id), page!.misfits.map(({ id }) => id)]).toEqual([['s-2'], ['s-1']]);
  });

  test.each<[string, object]>([
    ['no records', { syncInfo: { syncToken: 'A' } }],
    ['records that are none', { records: [7], syncInfo: { syncToken: 'A' } }],
    ['no token', { records: [], syncInfo: {} }],
  ])('%s is Changed', async (_what, body) => {
    get(SYNC).reply(200, body);
    expect(await caught(read(calls, context()))).toBeInstanceOf(Changed);
  });
});

describe('messages', () => {
  const { messages } = ringcentral.streams;

  test('a voicemail of these days comes with what was understood; one whose text is gone comes without', async () => {
    const voicemail = (id: number, more: JsonObject = {}) =>
      sms(
        {
          type: 'VoiceMail',
          subject: 'Voice',
          vmTranscriptionStatus: 'Completed',
          attachments: [{ id: id + 1, type: 'AudioTranscription', contentType: 'text/plain' }],
          ...more,
        },
        id,
      );
    const old = { creationTime: '2025-12-01T10:00:00Z' };
    get(`${ME}/message-sync`).reply(
      200,
      synced([voicemail(10), voicemail(20), voicemail(30, old), { id: 40, availability: 'Deleted' }], 'B'),
    );
    const text = (id: number) => nock(MEDIA).get(`${ME}/message-store/${id}/content/${id + 1}`);
    text(10).reply(200, 'Call me back\n', { 'content-type': 'text/plain' });
    text(20).reply(404, refusal('CMN-102'));
    const [page] = (await read(messages, context(), { token: 'A' })) as Page[];
    expect(page!.rows.map(({ id, fields }) => [id, fields.text])).toEqual([
      ['10', 'Call me back'],
      ['20', 'Voice'],
      ['30', 'Voice'],
    ]);
    expect(page!.gone).toEqual(['40']);
    expect(messages.toRow(page!.rows[0]!.raw)).toEqual(page!.rows[0]);
  });

  test('a sync that was cut, or whose token is forgotten, is lost', async () => {
    get(`${ME}/message-sync`).reply(200, synced([sms()], 'B', { olderRecordsExist: true }));
    expect(await read(messages, context(), { token: 'A' })).toEqual([{ lost: expect.stringContaining('more has changed') }]);
    get(`${ME}/message-sync`).reply(400, refusal('MSG-333'));
    expect(await read(messages, context(), { token: 'A' })).toEqual([{ lost: expect.stringContaining('MSG-333') }]);
  });

  test('numbers beyond 2^53 come whole through the SDK', async () => {
    get(`${ME}/message-store/9007199254740993`).reply(
      200,
      `{"id":9007199254740993,"type":"SMS","conversationId":7876416245344257449,"creationTime":"${START}"}`,
      { 'content-type': 'application/json' },
    );
    expect((await messages.fetch!(context(), ['9007199254740993'])).rows[0]!.id).toBe('9007199254740993');
  });
});

describe('contacts', () => {
  test('a sync of more than a page goes on from its own token', async () => {
    const many = Array.from({ length: 250 }, (_, i) => ({ id: i + 1, firstName: 'A', availability: 'Alive' }));
    const sync = (query: object) => get(`${ME}/address-book-sync`, { perPage: '250', ...query });
    sync({ syncType: 'ISync', syncToken: 'A' }).reply(200, synced(many, 'B'));
    sync({ syncType: 'ISync', syncToken: 'B' }).reply(200, synced([{ id: 900, availability: 'Purged' }], 'C'));
    const pages = (await read(ringcentral.streams.contacts, context(), { syncToken: 'A' })) as Page[];
    expect(pages.map(({ rows, gone, last, next }) => [rows.length, gone, last, next])).toEqual([
      [250, [], false, { syncToken: 'B' }],
      [0, ['900'], true, { syncToken: 'C' }],
    ]);
  });

  test('what is cleared goes with the contact put whole, as it is now', async () => {
    get(`${ME}/address-book/contact/7`).reply(200, {
      uri: HOST,
      availability: 'Alive',
      id: 7,
      firstName: 'Ada',
      nickName: 'A',
      ringtoneIndex: '4',
      company: 'New',
    });
    nock(HOST)
      .put(`${ME}/address-book/contact/7`, { firstName: 'Ada', ringtoneIndex: '4', company: 'New', notes: 'x' })
      .reply(200, { id: 7, firstName: 'Ada', notes: 'x' });
    const draft = {
      key: 'k',
      mark: 'm',
      id: '7',
      raw: { id: 7, firstName: 'Ada', nickName: 'A', company: 'Old' },
      fields: { nickName: null, notes: 'x' },
    };
    expect(await ringcentral.streams.contacts.push!(context(), [draft])).toMatchObject([{ is: 'done' }]);
    get(`${ME}/address-book/contact/7`).reply(404, refusal('CMN-102'));
    expect(await ringcentral.streams.contacts.push!(context(), [draft])).toEqual([{ is: 'gone' }]);
  });

  test('an update without the row is composed over what is read first', async () => {
    get(`${ME}/address-book/contact/7`).reply(200, { id: 7, firstName: 'Ada', lastName: 'King' });
    nock(HOST)
      .patch(`${ME}/address-book/contact/7`, { lastName: 'Lovelace' })
      .reply(200, { id: 7, firstName: 'Ada', lastName: 'Lovelace' });
    const draft = { key: 'k', mark: 'm', id: '7', fields: { firstName: 'Ada', lastName: 'Lovelace' } };
    expect(await ringcentral.streams.contacts.push!(context(), [draft])).toMatchObject([{ is: 'done', row: { id: '7' } }]);
  });
});

test('a leg has no end of its own: what is missing is missing', () => {
  expect(ringcentral.streams.calls.toRow(call({ legs: [leg(undefined)] })).fields).not.toHaveProperty('extension');
});
