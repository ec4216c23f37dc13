/** What the telephone and its subscriptions make of RingCentral's answers. */
import { buffer } from 'node:stream/consumers';
import nock from 'nock';
import { describe, expect, test } from 'vitest';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import { toPlaced } from '#connectors/ringcentral/telephony.ts';
import { Problem } from '#kit/errors.ts';
import type { JsonObject } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { SoundOf } from '#kit/telephony.ts';
import { API, answerAlone, caught, context, get, ME, refusal, userLacks } from './answering.ts';
import { HOST, MEDIA, START, session } from './fixtures.ts';

answerAlone();

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
