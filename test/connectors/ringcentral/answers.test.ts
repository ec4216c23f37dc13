/** What RingCentral may answer on odd days. */
import { buffer } from 'node:stream/consumers';
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import { toPlaced } from '#connectors/ringcentral/telephony.ts';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Context } from '#kit/context.ts';
import { Changed, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import type { JsonObject } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { Cursor, CursorLost, Page, Stream } from '#kit/stream.ts';
import type { SoundOf } from '#kit/telephony.ts';
import { call, HOST, leg, MEDIA, START, session, sms } from './fixtures.ts';

let at = Date.parse(START);
let tokens: string[] = [];
const API = '/restapi/v1.0/account/~';
const ME = `${API}/extension/~`;

function context(settings: Values = {}, token?: Context['token']): Context {
  const { signal } = new AbortController();
  return {
    settings,
    base: { platform: HOST, media: MEDIA },
    signal,
    now: () => at,
    clientId: 'app',
    token: token ?? (async () => 'T1'),
    call: makeCall({
      limits: { ...ringcentral.limits, timeout: 2_000 },
      allowance: createAllowance(() => at),
      counted: { app: 'app', account: 'app/101' },
      explain: ringcentral.explain,
      signal,
      now: () => at,
      sleep: async (ms) => {
        at += ms;
      },
    }),
  };
}

async function read(stream: Stream, ctx: Context, since: Cursor | null = null): Promise<(Page | CursorLost)[]> {
  const pages: (Page | CursorLost)[] = [];
  for await (const page of stream.pull!(ctx, since)) pages.push(page);
  return pages;
}
const idsOf = (pages: (Page | CursorLost)[]) => pages.map((page) => ('lost' in page ? page.lost : page.rows.map(({ id }) => id)));

const refusal = (code: string, more: JsonObject = {}) => ({
  errorCode: code,
  message: code,
  errors: [{ errorCode: code, message: code, ...more }],
});
const userLacks = {
  errorCode: 'InsufficientPermissions',
  message: 'x',
  errors: [{ errorCode: 'CMN-408', message: 'x', permissionName: 'ReadCompanyCallLog' }],
};
const appLacks = {
  errorCode: 'InsufficientPermissions',
  message: 'x',
  errors: [{ errorCode: 'CMN-401', message: 'x', permissionName: 'ReadCallLog' }],
};
const rated = {
  'x-rate-limit-group': 'heavy',
  'x-rate-limit-limit': '10',
  'x-rate-limit-remaining': '0',
  'x-rate-limit-window': '60',
};
const synced = (records: JsonObject[], token: string, more: JsonObject = {}) => ({
  uri: HOST,
  records,
  syncInfo: { syncType: 'ISync', syncToken: token, syncTime: START, ...more },
});
const get = (path: string, query: object | true = true) =>
  nock(HOST)
    .get(path)
    .query(query as never);
const lookAt = (ctx: Context, id = 's-1') => ringcentral.streams.calls.fetch!(ctx, [id]);
const caught = (asked: Promise<unknown>) =>
  asked.then(
    () => expect.unreachable(),
    (error: unknown) => error as Problem,
  );

beforeAll(() => nock.disableNetConnect());
beforeEach(() => {
  at = Date.parse(START);
  tokens = ['T1', 'T2', 'T3'];
});
afterEach(() => {
  const left = nock.pendingMocks();
  nock.cleanAll();
  expect(left).toEqual([]);
});
afterAll(() => {
  nock.enableNetConnect();
  nock.restore();
});

describe('limits', () => {
  test('a penalty is honoured to the letter: nothing of its group is sent within it, all else goes on', async () => {
    const ctx = context();
    get(`${API}/call-log`).reply(429, refusal('CMN-301'), { ...rated, 'retry-after': '45' });
    expect(await caught(lookAt(ctx))).toMatchObject({ next: 'later', afterMs: 45_000, notSent: true });
    at += 40_000;
    expect(await caught(lookAt(ctx))).toMatchObject({ next: 'later', afterMs: 5_000 });
    get(`${ME}/message-store/7`).reply(404, refusal('CMN-102'));
    expect((await ringcentral.streams.messages.fetch!(ctx, ['7'])).gone).toEqual(['7']);
    at += 5_000;
    get(`${API}/call-log`).reply(200, { records: [call()] });
    expect((await lookAt(ctx)).rows).toHaveLength(1);
  });

  test('a penalty without a time is half a minute', async () => {
    get(`${API}/call-log`).reply(429, refusal('CMN-301'), rated);
    expect(await caught(lookAt(context()))).toMatchObject({ afterMs: 30_000 });
  });

  test('a refusal that counts nothing stops all of the account', async () => {
    const ctx = context();
    get(`${API}/call-log`).reply(429, '<html>Too many requests</html>');
    expect(await caught(lookAt(ctx))).toMatchObject({ afterMs: 30_000, rests: 'account' });
    expect(await caught(ringcentral.streams.messages.fetch!(ctx, ['7']))).toMatchObject({ next: 'later', afterMs: 30_000 });
    expect(await caught(ringcentral.check(ctx))).toBeInstanceOf(TryLater);
  });

  test('when the answer says that nothing remains, the window is waited for', async () => {
    const ctx = context();
    get(`${API}/call-log`).reply(200, { records: [call()] }, rated);
    await lookAt(ctx);
    expect(await caught(lookAt(ctx))).toMatchObject({ next: 'later', afterMs: 60_000 });
  });

  test('no more than ten heavy calls go out in a minute, whatever the answers say', async () => {
    const ctx = context();
    get(`${API}/call-log`)
      .times(10)
      .reply(200, { records: [call()] });
    for (let i = 0; i < 10; i++) await lookAt(ctx);
    expect(await caught(lookAt(ctx))).toBeInstanceOf(TryLater);
  });

  test.each(['CMN-302', 'CMN-303', 'CMN-304', 'CMN-310', 'MSG-305'])('%s is throttling, whatever its status', async (code) => {
    get(`${API}/call-log`).reply(403, refusal(code), { ...rated, 'retry-after': '3' });
    expect(await caught(lookAt(context()))).toMatchObject({ next: 'later', afterMs: 3_000, notSent: true });
  });

  test('a fault of theirs is tried again after two seconds, once, then left for later', async () => {
    get(`${API}/call-log`).reply(503, refusal('CMN-203'));
    get(`${API}/call-log`).reply(200, { records: [call()] });
    expect((await lookAt(context())).rows).toHaveLength(1);
    expect(at - Date.parse(START)).toBe(2_000);
    get(`${API}/call-log`).times(2).reply(500, 'oops');
    expect(await caught(lookAt(context()))).toMatchObject({ next: 'later', notSent: false });
  });
});

describe('sign-in', () => {
  const turning: Context['token'] = async (refused) => {
    if (refused === tokens[0]) tokens.shift();
    return tokens[0]!;
  };
  test('a token that died early is replaced, once; the SDK neither refreshes nor repeats of its own', async () => {
    const bearing = (token: string) => get(`${API}/call-log`).matchHeader('authorization', `Bearer ${token}`);
    bearing('T1').reply(401, refusal('OAU-128'));
    bearing('T2').reply(200, { records: [call()] });
    await lookAt(context({}, turning));
    bearing('T2').reply(401, refusal('OAU-129'));
    bearing('T3').reply(401, refusal('OAU-129'));
    expect(await caught(lookAt(context({}, turning)))).toBeInstanceOf(Reconnect);
  });

  test('two connections never share a token', async () => {
    for (const token of ['A', 'B']) {
      get(`${API}/call-log`)
        .matchHeader('authorization', `Bearer ${token}`)
        .reply(200, { records: [call()] });
    }
    await Promise.all(['A', 'B'].map((token) => lookAt(context({}, async () => token))));
  });

  test('a permission that the app lacks is named, and so is who must mend it', async () => {
    get(`${API}/call-log`).reply(403, appLacks);
    const error = await caught(lookAt(context()));
    expect(error).toBeInstanceOf(Refused);
    expect(error.advice).toContain('lacks the permission ReadCallLog');
  });

  test('who is connected, and whose calls they may read', async () => {
    const me = {
      id: 850_021_016,
      extensionNumber: '101',
      name: 'Ada',
      account: { id: '850014016' },
      contact: { email: 'ada@example.com' },
    };
    for (const [permitted, whose] of [
      [{ successful: true }, 'company'],
      [{ successful: false }, 'own'],
      [{}, undefined],
    ] as const) {
      get(ME).reply(200, me);
      get(`${ME}/authz-profile/check`, { permissionId: 'FullCompanyCallLog' }).reply(200, permitted);
      const { id, title, settings } = await ringcentral.check(context());
      expect([id, title, settings]).toEqual([
        '850021016',
        'ada@example.com',
        { account: '850014016', extension: '101', ...(whose && { calls: whose }) },
      ]);
    }
    get(ME).reply(200, me);
    get(`${ME}/authz-profile/check`).reply(404, refusal('CMN-102'));
    expect((await ringcentral.check(context())).settings).not.toHaveProperty('calls');
    get(ME).reply(200, {});
    expect(await caught(ringcentral.check(context()))).toBeInstanceOf(Changed);
  });
});

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

describe('the telephone', () => {
  const { telephony, actions } = ringcentral;

  test('the roster is everybody with their numbers, and the company', async () => {
    get(`${API}/extension`).reply(200, {
      records: [
        { id: 101, extensionNumber: '101', name: 'Ada', type: 'User', status: 'Enabled', contact: { email: 'ada@example.com' } },
        { id: 900, extensionNumber: '200', name: 'Support', type: 'Department', status: 'Disabled' },
      ],
    });
    get(`${API}/phone-number`).reply(200, {
      records: [
        { phoneNumber: '+12025550100', usageType: 'MainCompanyNumber' },
        { phoneNumber: '+12025550111', extension: { id: 101 } },
      ],
    });
    expect(await telephony.roster(context())).toEqual([
      {
        id: '101',
        number: '101',
        name: 'Ada',
        kind: 'person',
        email: 'ada@example.com',
        numbers: ['+12025550111'],
        active: true,
      },
      { id: '900', number: '200', name: 'Support', kind: 'queue', numbers: [], active: false },
      { id: 'company', name: 'The company', kind: 'company', numbers: ['+12025550100'], active: true },
    ]);
  });

  test('a call as it stands now; none that is over', async () => {
    const { parties, origin } = session({ status: { code: 'Hold' }, owner: { extensionId: '101' } });
    get(`${API}/telephony/sessions/s-1`).reply(200, { id: 's-1', creationTime: START, origin: origin!, parties: parties! });
    expect(await telephony.session!(context(), 's-1')).toMatchObject({
      session: 's-1',
      at: Date.parse(START),
      parties: [{ extension: '101', state: 'held' }],
    });
    get(`${API}/telephony/sessions/s-1`).reply(404, refusal('CMN-102'));
    expect(await telephony.session!(context(), 's-1')).toBeUndefined();
  });

  const SOUND = Buffer.from([0xff, 0xfb, 0x00, 0x80, 0xfe]);
  const hear = (what: SoundOf, range?: string) => telephony.sound!(context(), what, range);

  test('a recording comes from the other host as it is, with the length it is said to have', async () => {
    nock(MEDIA).get(`${API}/recording/8/content`).reply(200, SOUND, { 'content-type': 'audio/mpeg', 'content-length': '5' });
    const { bytes, ...sound } = await hear({ recording: '8' }, 'bytes=1-2');
    expect(sound).toEqual({ type: 'audio/mpeg', length: 5 });
    expect(await buffer(bytes)).toEqual(SOUND);
  });

  test('a part of it, where the service knows parts', async () => {
    const headers = { 'content-type': 'audio/mpeg', 'content-range': 'bytes 1-2/5' };
    nock(MEDIA, { reqheaders: { range: 'bytes=1-2' } })
      .get(`${API}/recording/8/content`)
      .reply(206, SOUND.subarray(1, 3), headers);
    const { bytes, part } = await hear({ recording: '8' }, 'bytes=1-2');
    expect(part).toBe('bytes 1-2/5');
    expect(await buffer(bytes)).toEqual(SOUND.subarray(1, 3));
  });

  test('an address that leads elsewhere is not followed: it would get the token', async () => {
    nock(MEDIA).get(`${API}/recording/8/content`).reply(302, '', { location: 'http://elsewhere.test/' });
    expect(await caught(hear({ recording: '8' }))).toBeInstanceOf(Problem);
  });

  test('a voicemail is looked for in the mailboxes it may be in, one’s own last', async () => {
    const attachments = [
      { id: 71, type: 'AudioTranscription', contentType: 'text/plain' },
      { id: 70, type: 'AudioRecording', contentType: 'audio/mpeg' },
    ];
    get(`${API}/extension/101/message-store/7`).reply(403, refusal('CMN-408'));
    get(`${API}/extension/200/message-store/7`).reply(404, refusal('CMN-102'));
    get(`${ME}/message-store/7`).reply(200, { id: 7, attachments });
    nock(MEDIA).get(`${ME}/message-store/7/content/70`).reply(200, SOUND, { 'content-type': 'audio/mpeg' });
    const { bytes } = await hear({ voicemail: '7', extensions: ['101', '200'] });
    expect(await buffer(bytes)).toEqual(SOUND);
  });

  test('one that is in none of them is refused, with what to do', async () => {
    get(`${ME}/message-store/7`).reply(404, refusal('CMN-102'));
    expect(await caught(hear({ voicemail: '7', extensions: [] }))).toMatchObject({
      next: 'refused',
      message: /message 7: in none/,
    });
  });

  test('a call is placed once, without a prompt, and asked about until it is forgotten', async () => {
    const status = { callStatus: 'InProgress', callerStatus: 'InProgress', calleeStatus: 'InProgress' };
    nock(HOST)
      .post(`${ME}/ring-out`, { from: { phoneNumber: '+1' }, to: { phoneNumber: '+2' }, playPrompt: false })
      .reply(200, { id: 'Y3Mx', uri: HOST, status });
    expect(await actions.clickToCall!.run(context(), { from: '+1', to: '+2' }, 'key')).toMatchObject({
      call: 'Y3Mx',
      state: 'ringing',
    });
    get(`${ME}/ring-out/Y3Mx`).reply(404, refusal('CMN-102'));
    expect(await actions.callStatus!.run(context(), { call: 'Y3Mx' }, 'key')).toMatchObject({ state: 'over' });
    nock(HOST).delete(`${ME}/ring-out/Y3Mx`).reply(204);
    expect(await actions.cancelCall!.run(context(), { call: 'Y3Mx' }, 'key')).toEqual({});
    nock(HOST)
      .post(`${ME}/ring-out`)
      .replyWithError(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    expect(await caught(telephony.place!(context(), { from: '+1', to: '+2' }))).toMatchObject({ next: 'later', notSent: false });
  });

  test.each([
    ['InProgress', 'InProgress', 'InProgress', 'ringing'],
    ['Success', 'Success', 'Success', 'connected'],
    ['Busy', 'Success', 'Busy', 'busy'],
    ['GenericError', 'NoAnswer', 'InProgress', 'no answer'],
    ['GenericError', 'Success', 'Rejected', 'rejected'],
    ['Finished', 'Finished', 'Finished', 'over'],
    ['NoSessionFound', 'NoSessionFound', 'NoSessionFound', 'over'],
    ['InternationalDisabled', 'Success', 'InternationalDisabled', 'failed'],
    ['Levitating', 'Levitating', 'Levitating', 'failed'],
  ])('whose status is %s (%s, %s) is %s', (callStatus, callerStatus, calleeStatus, state) => {
    expect(toPlaced({ id: 7, status: { callStatus, callerStatus, calleeStatus } })).toMatchObject({ id: '7', state });
  });

  test('a text message is sent once; its declared input says what is wrong with one', async () => {
    nock(HOST)
      .post(`${ME}/sms`, { from: { phoneNumber: '+1' }, to: [{ phoneNumber: '+2' }], text: 'Hi' })
      .reply(200, { id: 937_000_001_021, messageStatus: 'Queued' });
    expect(await actions.sendSms!.run(context(), { from: '+1', to: '+2', text: 'Hi' }, 'key')).toEqual({
      message: '937000001021',
      status: 'Queued',
    });
    for (const text of ['', 'x'.repeat(1_001)]) {
      const input = { from: '+1', to: '+2', text };
      expect(checkValues(actions.sendSms!.input, input)).toMatchObject([{ path: 'text' }]);
    }
    nock(HOST).post(`${ME}/sms`).reply(500, refusal('CMN-201'));
    expect(await caught(actions.sendSms!.run(context(), { from: '+1', to: '+2', text: 'Hi' }, 'key'))).toMatchObject({
      next: 'later',
      notSent: false,
    });
  });
});

describe('subscriptions', () => {
  const { webhooks } = ringcentral;
  const id = '53300e7c-5e69-42bf-ab4d-179aabc6e869';
  const wanted = {
    url: 'https://hub.example/webhooks/ringcentral/1',
    secret: 'S',
    streams: ['calls', 'messages', 'contacts', 'extensions'],
  };
  const kept = (more: JsonObject = {}) => ({
    id,
    uri: HOST,
    eventFilters: [],
    expirationTime: '2026-03-08T10:00:00Z',
    expiresIn: 604_800,
    status: 'Active',
    creationTime: START,
    deliveryMode: {},
    ...more,
  });
  const account = '/restapi/v1.0/account/~';
  const reminder = '/restapi/v1.0/subscription/~?threshold=86400&interval=14400';
  const rest = [
    `${account}/extension/~/message-store`,
    `${account}/extension/~/message-store/instant?type=SMS`,
    `${account}/extension/~/voicemail`,
  ];
  const wide = [`${account}/telephony/sessions`, ...rest, `${account}/extension`, reminder];
  const narrow = [`${account}/extension/~/telephony/sessions`, ...rest, `${account}/extension/~`, reminder];
  const body = (eventFilters: string[]) => ({
    eventFilters,
    deliveryMode: { transportType: 'WebHook', address: wanted.url, verificationToken: 'S' },
    expiresIn: 604_800,
  });
  const expires = Date.parse('2026-03-08T10:00:00Z');

  test('one for all of the account, with its secret and a reminder', async () => {
    nock(HOST).post('/restapi/v1.0/subscription', body(wide)).reply(200, kept());
    expect(await webhooks.subscribe!(context(), wanted)).toEqual({ id, expires });
  });

  test('one for the extension where that of the account is refused, or comes back with calls switched off', async () => {
    nock(HOST).post('/restapi/v1.0/subscription', body(wide)).reply(403, userLacks);
    nock(HOST).post('/restapi/v1.0/subscription', body(narrow)).reply(200, kept());
    expect(await webhooks.subscribe!(context(), wanted)).toEqual({ id, expires });
    nock(HOST)
      .post('/restapi/v1.0/subscription', body(wide))
      .reply(200, kept({ disabledFilters: [{ filter: `${account}/telephony/sessions`, reason: 'CMN-408' }] }));
    nock(HOST).put(`/restapi/v1.0/subscription/${id}`, { eventFilters: narrow, expiresIn: 604_800 }).reply(200, kept());
    expect(await webhooks.subscribe!(context(), wanted)).toEqual({ id, expires });
  });

  test('renewed with all it asks for', async () => {
    nock(HOST).put(`/restapi/v1.0/subscription/${id}`, { eventFilters: wide, expiresIn: 604_800 }).reply(200, kept());
    expect(await webhooks.renew!(context(), id, wanted)).toEqual({ id, expires });
  });

  test('one that was blacklisted calls no more, with the reason; one that is forgotten is none', async () => {
    get(`/restapi/v1.0/subscription/${id}`).reply(
      200,
      kept({ status: 'Blacklisted', blacklistedData: { reason: 'Read timed out', blacklistedAt: START } }),
    );
    expect(await webhooks.look!(context(), id)).toEqual({ id, expires, dropped: 'Blacklisted: Read timed out' });
    get(`/restapi/v1.0/subscription/${id}`).reply(404, refusal('CMN-102'));
    expect(await webhooks.look!(context(), id)).toBeUndefined();
    nock(HOST).delete(`/restapi/v1.0/subscription/${id}`).reply(404, refusal('CMN-102'));
    await webhooks.unsubscribe!(context(), id);
  });

  test('one whose making was never answered is found by its address', async () => {
    const mine = kept({ deliveryMode: { transportType: 'WebHook', address: wanted.url } });
    const other = kept({ id: 'other', deliveryMode: { transportType: 'WebHook', address: `${wanted.url}2` } });
    get('/restapi/v1.0/subscription').reply(200, { uri: HOST, records: [other, mine] });
    expect(await webhooks.find!(context(), wanted.url)).toEqual({ id, expires });
    get('/restapi/v1.0/subscription').reply(200, { uri: HOST, records: [other] });
    expect(await webhooks.find!(context(), wanted.url)).toBeUndefined();
  });

  test('an address that does not greet back is said to be the reason', async () => {
    nock(HOST)
      .post('/restapi/v1.0/subscription')
      .reply(400, refusal('SUB-525', { message: 'WebHook response is invalid' }));
    expect(await caught(webhooks.subscribe!(context(), wanted))).toMatchObject({
      next: 'refused',
      message: expect.stringContaining('SUB-525'),
    });
  });
});

test('a leg has no end of its own: what is missing is missing', () => {
  expect(ringcentral.streams.calls.toRow(call({ legs: [leg(undefined)] })).fields).not.toHaveProperty('extension');
});
