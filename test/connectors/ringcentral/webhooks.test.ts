/** Notifications: what proves them, what makes two the same, what they say. */
import { describe, expect, test } from 'vitest';
import { webhooks } from '#connectors/ringcentral/webhooks.ts';
import type { JsonObject } from '#kit/json.ts';
import type { CallEvent } from '#kit/telephony.ts';
import type { Delivery } from '#kit/webhook.ts';
import { notification, session } from './fixtures.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const SECRET = 'q1w2e3-secret';

function delivery(body: JsonObject | string, headers: { [name: string]: string } = {}): Delivery {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, query: '', body: Buffer.from(text) };
}
const verify = (one: Delivery, secrets: readonly string[] = [SECRET]) => webhooks.verify(one, { secrets, now: NOW });
const ringing = notification(session({}));

describe('proof', () => {
  test('a greeting is answered with its token, before anything is agreed', () => {
    for (const body of ['', '{}', '{"uuid":"x"}']) {
      const answer = { status: 200, headers: { 'validation-token': 'e2f0-41', 'content-type': 'application/json' }, body: '' };
      expect(verify(delivery(body, { 'validation-token': 'e2f0-41' }), [])).toEqual({ is: 'greeting', answer });
      expect(verify(delivery(body, { 'validation-token': 'e2f0-41' }))).toMatchObject({ is: 'greeting' });
    }
  });

  test("the greeting the hub tries its own address with is answered as the service's is", () => {
    const verdict = verify(webhooks.greeting!('e2f0-41', { secrets: [SECRET], now: 0 }), [SECRET]);
    expect(verdict).toMatchObject({ is: 'greeting', answer: { status: 200, headers: { 'validation-token': 'e2f0-41' } } });
  });

  test('a greeting stays a greeting when its address is known already', () => {
    const headers = { 'validation-token': 'e2f0-41', 'verification-token': SECRET };
    expect(verify(delivery('', headers))).toMatchObject({ is: 'greeting' });
  });

  test('a notification bears the secret, under either name, also while two are live', () => {
    for (const name of ['verification-token', 'validation-token']) {
      expect(verify(delivery(ringing, { [name]: SECRET }))).toEqual({ is: 'genuine' });
      expect(verify(delivery(ringing, { [name]: SECRET }), ['newer', SECRET])).toEqual({ is: 'genuine' });
    }
    expect(verify(delivery(ringing, { 'verification-token': SECRET, 'validation-token': 'another' }))).toEqual({ is: 'genuine' });
  });

  test.each<[string, Delivery, readonly string[]]>([
    ['no header', delivery(ringing), [SECRET]],
    ['another secret', delivery(ringing, { 'verification-token': `${SECRET}x` }), [SECRET]],
    ['half a secret', delivery(ringing, { 'verification-token': SECRET.slice(0, -1) }), [SECRET]],
    ['an empty secret', delivery(ringing, { 'verification-token': '' }), ['']],
    ['several values', delivery(ringing, { 'verification-token': `x, ${SECRET}` }), [SECRET]],
    ['no secret was agreed', delivery(ringing, { 'verification-token': 'anything' }), []],
    ['an event that calls itself a greeting', delivery(ringing, { 'validation-token': 'e2f0-41' }), [SECRET]],
    ['a greeting that would break our headers', delivery('', { 'validation-token': 'a\r\nset-cookie: x' }), [SECRET]],
    ['a greeting longer than the answer may be', delivery('', { 'validation-token': 'a'.repeat(900) }), [SECRET]],
    ['a GET', { ...delivery('', { 'verification-token': SECRET }), method: 'GET' }, [SECRET]],
    ['no JSON', delivery('not json', {}), [SECRET]],
  ])('%s: forged', (_what, one, secrets) => {
    expect(verify(one, secrets)).toEqual({ is: 'forged', reason: expect.stringMatching(/\w/) });
  });

  test('nothing of the secret is in the reason', () => {
    const verdict = verify(delivery(ringing, { 'verification-token': 'wrong' }));
    expect(JSON.stringify(verdict)).not.toContain(SECRET);
  });
});

test('its uuid makes a delivery one and the same', () => {
  expect(webhooks.identity!(delivery(ringing))).toBe('1823485288313944239');
  for (const body of ['', 'x', '[]', '{"uuid":7}', '\ud800']) expect(webhooks.identity!(delivery(body))).toBeUndefined();
});

const eventOf = (body: JsonObject): CallEvent => {
  const [news] = webhooks.parse(delivery(notification(body)));
  expect(news).toMatchObject({ account: '101', is: 'call' });
  return (news as { event: CallEvent }).event;
};

describe('a telephony session', () => {
  test('is told in common terms', () => {
    expect(eventOf(session({}))).toEqual({
      session: 's-a6ab',
      alias: '425008160016',
      sequence: 3,
      at: Date.parse('2026-03-01T10:00:00.340Z'),
      parties: [
        {
          id: 'p-a6ab-2',
          extension: '101',
          direction: 'inbound',
          from: { number: '+14085550064' },
          to: { number: '+19045550558', name: 'Ada', extension: '101' },
          state: 'setup',
        },
      ],
    });
  });

  test.each<[JsonObject, object]>([
    [{ code: 'Proceeding' }, { state: 'ringing' }],
    [{ code: 'Answered' }, { state: 'answered' }],
    [{ code: 'Hold' }, { state: 'held' }],
    [{ code: 'Parked', parkData: '801' }, { state: 'parked' }],
    [{ code: 'VoiceMail' }, { state: 'voicemail' }],
    [{ code: 'VoiceMailScreening' }, { state: 'voicemail' }],
    [{ code: 'FaxReceive' }, { state: 'fax' }],
    [{ code: 'Disconnected' }, { state: 'ended' }],
    [
      { code: 'Disconnected', reason: 'NoAnswer' },
      { state: 'ended', why: 'no answer' },
    ],
    [
      { code: 'Disconnected', reason: 'TargetBusy' },
      { state: 'ended', why: 'busy' },
    ],
    [
      { code: 'Disconnected', reason: 'Rejected' },
      { state: 'ended', why: 'rejected' },
    ],
    [
      { code: 'Disconnected', reason: 'Cancelled' },
      { state: 'ended', why: 'cancelled' },
    ],
    [
      { code: 'Disconnected', reason: 'Voicemail' },
      { state: 'ended', why: 'voicemail' },
    ],
    [
      { code: 'Disconnected', reason: 'BlindTransfer' },
      { state: 'ended', why: 'transferred' },
    ],
    [
      { code: 'Disconnected', reason: 'AttendedTransfer' },
      { state: 'ended', why: 'transferred' },
    ],
    [
      { code: 'Disconnected', reason: 'CallRedirected' },
      { state: 'ended', why: 'forwarded' },
    ],
    [
      { code: 'Disconnected', reason: 'CallerInputRedirect' },
      { state: 'ended', why: 'forwarded' },
    ],
    [
      { code: 'Disconnected', reason: 'CallFlip' },
      { state: 'ended', why: 'flipped' },
    ],
    [
      { code: 'Disconnected', reason: 'CallPark' },
      { state: 'ended', why: 'parked' },
    ],
    [
      { code: 'Disconnected', reason: 'Pickup' },
      { state: 'ended', why: 'answered elsewhere' },
    ],
    [
      { code: 'Disconnected', reason: 'AgentAnswered' },
      { state: 'ended', why: 'answered elsewhere' },
    ],
    [
      { code: 'Disconnected', reason: 'InternalError' },
      { state: 'ended', why: 'failed' },
    ],
    [
      { code: 'Gone', reason: 'AttendedTransfer', peerId: { sessionId: '9', telephonySessionId: 's-b', partyId: 'p-b-1' } },
      { state: 'moved', why: 'transferred', peer: { session: 's-b', party: 'p-b-1' } },
    ],
  ])('whose party is %j', (status, party) => {
    expect(eventOf(session({ status })).parties).toMatchObject([party]);
  });

  test('a reason nobody has heard of is none; a state nobody has heard of says nothing of that party', () => {
    const [party] = eventOf(session({ status: { code: 'Disconnected', reason: 'toString' } })).parties;
    expect(party).not.toHaveProperty('why');
    expect(eventOf(session({ status: { code: 'Levitating' } })).parties).toEqual([]);
  });

  test('the outside caller of an inbound call is outbound, and no extension', () => {
    const outside = session({ extensionId: undefined as unknown as null, direction: 'Outbound' });
    expect(eventOf(JSON.parse(JSON.stringify(outside))).parties).toMatchObject([{ direction: 'outbound' }]);
    expect(eventOf(JSON.parse(JSON.stringify(outside))).parties[0]).not.toHaveProperty('extension');
  });

  test('queues, recordings, conferences and calls that were placed are named', () => {
    const event = eventOf(
      session(
        { queueCall: true, recordings: [{ id: '8', active: true }, { id: 9 }], conferenceRole: 'Host' },
        { origin: { type: 'RingOut' } },
      ),
    );
    expect(event).toMatchObject({ placed: true, conference: true, parties: [{ queue: true, recordings: ['8', '9'] }] });
    expect(eventOf(session({}, { origin: { type: 'Conference' } }))).toMatchObject({ conference: true });
    // A customer who clicks a button on a web page calls us: nobody here placed that.
    expect(eventOf(session({}, { origin: { type: 'RingMe' } }))).not.toHaveProperty('placed');
  });

  test('an anonymous caller has neither number nor name', () => {
    expect(eventOf(session({ from: {} })).parties[0]!.from).toEqual({});
  });
});

describe('other news', () => {
  const at = '/restapi/v1.0/account/8096/extension/101';
  const news = (body: JsonObject | undefined, event: string) => webhooks.parse(delivery(notification(body, event)));

  test('messages that changed, by name where the notification has it', () => {
    const changes = [{ type: 'SMS', newCount: 1, updatedCount: 0 }];
    expect(news({ extensionId: '101', changes }, `${at}/message-store`)).toEqual([
      { account: '101', is: 'touched', stream: 'messages' },
    ]);
    expect(news({ changes: [{ type: 'SMS', newCount: 0, updatedCount: 0 }] }, `${at}/message-store`)).toEqual([]);
    for (const event of ['message-store/instant?type=SMS', 'voicemail', 'fax?direction=Inbound']) {
      expect(news({ id: '606090030016' }, `${at}/${event}`)).toEqual([
        { account: '101', is: 'touched', stream: 'messages', id: '606090030016' },
      ]);
    }
  });

  test('people that changed', () => {
    expect(news({ extensionId: '102', eventType: 'Update' }, '/restapi/v1.0/account/8096/extension')).toEqual([
      { account: '101', is: 'touched', stream: 'extensions', id: '102' },
    ]);
    expect(news({ extensionId: '101', hints: [] }, at)).toEqual([
      { account: '101', is: 'touched', stream: 'extensions', id: '101' },
    ]);
  });

  test('a subscription that nears its end', () => {
    const subscription = '53300e7c-5e69-42bf-ab4d-179aabc6e869';
    expect(news({ id: subscription }, '/restapi/v1.0/subscription/~?threshold=86400&interval=14400')).toEqual([
      { account: '101', is: 'expiring', subscription },
    ]);
    expect(news(undefined, `/restapi/v1.0/subscription/${subscription}`)).toEqual([
      { account: '101', is: 'expiring', subscription },
    ]);
  });

  test('what we never asked for says nothing', () => {
    expect(news({ presenceStatus: 'Busy' }, `${at}/presence?detailedTelephonyState=true`)).toEqual([]);
  });

  test('whoever subscribed is told by the path where the envelope does not say', () => {
    const { ownerId: _, ...rest } = notification({ id: '7' }, `${at}/voicemail`);
    expect(webhooks.parse(delivery(rest))).toMatchObject([{ account: '101' }]);
  });

  test.each([
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['no event', '{"uuid":"1","ownerId":"2"}'],
    [
      'a session without parties',
      JSON.stringify(notification({ telephonySessionId: 's', sequence: 1, eventTime: '2026-03-01T10:00:00Z' })),
    ],
    ['a session without a time', JSON.stringify(notification({ telephonySessionId: 's', sequence: 1, parties: [] }))],
    ['no body', JSON.stringify(notification(undefined))],
  ])('%s is kept as failed', (_what, body) => {
    expect(() => webhooks.parse(delivery(body))).toThrow(/expected|no body/);
  });
});
