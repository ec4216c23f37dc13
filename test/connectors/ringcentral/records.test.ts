/** What RingCentral's records become: pure. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { callFields } from '#connectors/ringcentral/call-fields.ts';
import { callShape, isGoingOn, toRow as toCall } from '#connectors/ringcentral/call-record.ts';
import { contactShape, toRow as toContact } from '#connectors/ringcentral/contact.ts';
import { bodyOf, toNewContact } from '#connectors/ringcentral/contact-body.ts';
import { contactFields } from '#connectors/ringcentral/contact-fields.ts';
import { toRow as toExtension } from '#connectors/ringcentral/extension.ts';
import { toRow as toMessage } from '#connectors/ringcentral/message.ts';
import { sorted } from '#connectors/ringcentral/records.ts';
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, parseExactly } from '#kit/json.ts';
import { checkValues, Misfits } from '#kit/rows.ts';
import type { FieldProblem } from '#kit/stream.ts';
import { equal } from '#kit/values.ts';
import { call, leg, START, sms } from './fixtures.ts';

function problemsOf(make: () => unknown): readonly FieldProblem[] {
  try {
    make();
    return [];
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    return error.problems;
  }
}

describe('a finished call', () => {
  test('is told by its session, its parties, and the leg that was answered', () => {
    const row = toCall(callShape.trim(call()));
    expect(row).toMatchObject({ id: 's-1', time: '2026-03-01T10:10:00.000Z' });
    expect(row.fields).toMatchObject({
      session: 's-1',
      alias: '1039811321016',
      direction: 'inbound',
      outcome: 'answered',
      result: 'Accepted',
      action: 'Phone Call',
      started: START,
      ended: '2026-03-01T10:03:14.060Z',
      from: '+14155550908',
      fromName: 'SAN FRANCSCO CA',
      to: '+15625550778',
      extension: '101',
      talkSeconds: 55,
      seconds: 194,
    });
    expect(row.fields.legs).toMatchObject([
      { party: 'Accept', extension: '101', outcome: 'Accepted', talkSeconds: 55 },
      { party: 'PstnToSip' },
    ]);
    expect(row.raw).not.toHaveProperty('billing');
  });

  const long = leg(102, { legType: 'PstnToSip', direction: 'Outbound' }, 40, 300);
  test.each<[string, JsonObject, Values]>([
    [
      'a queue in front of the person who answers',
      { legs: [leg(900, { legType: 'Accept' }, 0, 194), leg(101, { legType: 'PstnToSip' }, 20, 90)] },
      { extension: '101', talkSeconds: 90 },
    ],
    [
      'people of a queue whose telephones rang in vain',
      {
        legs: [
          leg(900, {}, 0, 70),
          leg(103, { result: 'Missed', legType: 'PstnToSip' }),
          leg(101, { legType: 'PstnToSip' }, 9, 60),
        ],
      },
      { extension: '101', talkSeconds: 60 },
    ],
    [
      'a transfer: whoever talked longest',
      { legs: [leg(101, { legType: 'PstnToSip' }, 0, 40), long] },
      { extension: '102', talkSeconds: 340 },
    ],
    [
      'legs that lie over one another count once',
      { legs: [leg(101, { legType: 'PstnToSip' }, 0, 60), leg(101, { legType: 'FindMe' }, 30, 60)] },
      { extension: '101', talkSeconds: 90 },
    ],
    [
      'nobody answered: who was rung first',
      { result: 'Missed', legs: [leg(900, { result: 'Missed' }), leg(101, { result: 'Missed' })] },
      { outcome: 'missed', extension: '900', talkSeconds: 0 },
    ],
    [
      'a voicemail',
      { result: 'Voicemail', legs: [leg(101, { result: 'Voicemail', message: { id: '777', type: 'VoiceMail', uri: 'u' } })] },
      { outcome: 'voicemail', voicemail: '777', talkSeconds: 0 },
    ],
    [
      'an outbound call',
      {
        direction: 'Outbound',
        result: 'Call connected',
        legs: [leg(101, { direction: 'Outbound', legType: 'SipToPstnMetered', result: 'Call connected' }, 0, 33)],
      },
      { direction: 'outbound', outcome: 'answered', extension: '101', talkSeconds: 33 },
    ],
    [
      'a click-to-call: the customer, not whoever clicked',
      {
        direction: 'Outbound',
        action: 'RingOut Web',
        result: 'Call connected',
        legs: [
          leg(101, { legType: 'RingOutWebToSubscriber', result: 'Call connected' }, 0, 80),
          leg(101, { legType: 'RingOutWebToCaller', result: 'Call connected' }, 12, 60),
        ],
      },
      { talkSeconds: 60 },
    ],
    [
      'a log without legs',
      { legs: undefined as unknown as Json, uri: 'https://x/restapi/v1.0/account/1/extension/104/call-log/R?view=Simple' },
      { extension: '104', seconds: 194 },
    ],
    ['an anonymous caller', { from: { name: 'Anonymous' } }, { fromName: 'Anonymous' }],
    ['an internal call', { from: { extensionNumber: '102', name: 'Bo' } }, { direction: 'internal', from: '102' }],
    [
      'a colleague who is called by their direct number',
      { direction: 'Outbound', to: { extensionId: '102', phoneNumber: '+15625550102' } },
      { direction: 'internal', to: '+15625550102' },
    ],
    ['a number without its plus', { from: { phoneNumber: '(866)555-0199' } }, { from: '(866)555-0199' }],
    [
      'recordings of the call and of its legs, each once',
      {
        recording: { id: '1', type: 'OnDemand', contentUri: 'https://m/1', uri: 'u' },
        legs: [
          leg(101, { recording: { id: '1', type: 'OnDemand', contentUri: 'https://m/1', uri: 'u' } }),
          leg(101, { recording: { id: 2, type: 'Automatic', contentUri: 'https://m/2', uri: 'u' } }),
        ],
      },
      {
        recording: 'https://m/1',
        recordings: [
          { id: '1', type: 'OnDemand', link: 'https://m/1' },
          { id: '2', type: 'Automatic', link: 'https://m/2' },
        ],
      },
    ],
    [
      'a transfer to another session',
      { transferTarget: { telephonySessionId: 's-2' }, transferee: { telephonySessionId: 's-0' } },
      { transferredTo: 's-2', transferredFrom: 's-0' },
    ],
    ['a result nobody has heard of', { result: 'Teleported' }, { outcome: 'failed', result: 'Teleported', talkSeconds: 0 }],
    ['no result', { result: undefined as unknown as Json }, { outcome: 'failed' }],
    ['a fax', { type: 'Fax', result: 'Sent', legs: [] }, { type: 'Fax', outcome: 'answered' }],
    ['a time of the old kind', { startTime: '2026-03-01T10:00:00.000+0000' }, { started: START }],
    ['a duration that leads out of the calendar', { durationMs: 1e300 }, { seconds: 1e297 }],
  ])('%s', (_what, more, fields) => {
    const record = Object.fromEntries(Object.entries(call(more)).filter(([, value]) => value !== undefined));
    const found = toCall(callShape.trim(record)).fields;
    expect(found).toMatchObject(fields);
    expect(checkValues(callFields, found)).toEqual([]);
  });

  test.each([
    ['Missed', 'missed'],
    ['No Answer', 'missed'],
    ['Hang Up', 'missed'],
    ['Abandoned', 'missed'],
    ['Answered Not Accepted', 'missed'],
    ['Busy', 'busy'],
    ['Rejected', 'rejected'],
    ['Declined', 'rejected'],
    ['Blocked', 'rejected'],
    ['Sent to Voicemail', 'voicemail'],
    ['Answered Elsewhere', 'answered'],
    ['Wrong Number', 'failed'],
    ['International Disabled', 'failed'],
    ['constructor', 'failed'],
  ])('whose result is %s was %s', (result, outcome) => {
    expect(toCall(call({ result, legs: [] })).fields.outcome).toBe(outcome);
  });

  test('of old systems bears its legacy session', () => {
    const { telephonySessionId: _, ...old } = call();
    expect(toCall(old).id).toBe('1039811321016');
  });

  test('of a click-to-call the inner half stands apart, and never takes the place of the conversation', () => {
    const outer = call({ direction: 'Outbound', action: 'RingOut Web', lastModifiedTime: START });
    const inner = call({ direction: 'Inbound', action: 'RingOut Web', id: 'R9' });
    const { rows } = sorted([outer, inner], callShape);
    expect(rows.map(({ id, fields }) => [id, fields.innerHalf])).toEqual([
      ['s-1', undefined],
      ['s-1/R9', true],
    ]);
  });

  test('that comes twice in a page is the one that changed last', () => {
    const newer = call({ result: 'Voicemail', lastModifiedTime: '2026-03-01T11:00:00.000Z' });
    for (const page of [
      [call(), newer],
      [newer, call()],
    ]) {
      expect(sorted(page, callShape).rows.map(({ fields }) => fields.outcome)).toEqual(['voicemail']);
    }
  });

  test('that goes on is none yet', () => {
    expect([call({ result: 'In Progress' }), call({ finished: false }), call()].map(isGoingOn)).toEqual([true, true, false]);
  });

  test.each<[string, JsonObject, string]>([
    ['no time', { startTime: 'yesterday' }, 'started'],
    ['a duration in words', { duration: 'long', durationMs: null }, 'seconds'],
    ['another direction', { direction: 'Sideways' }, 'direction'],
    ['another type', { type: 'Telegram' }, 'type'],
    ['a name that is a number', { from: { name: 7 } }, 'fromName'],
  ])('with %s is a misfit', (_what, more, path) => {
    expect(problemsOf(() => toCall(call(more))).map((one) => one.path)).toContain(path);
  });

  test('without any session is a misfit under a name that stays', () => {
    const page = [{ id: 7 }, {}, call({ from: { name: 'A\0' } })];
    const { rows, misfits } = sorted(page, callShape);
    expect(rows).toEqual([]);
    expect(misfits.map(({ id }) => id)).toEqual([expect.stringMatching(/^nameless/), expect.stringMatching(/^nameless/), 's-1']);
    expect(sorted(page, callShape).misfits).toEqual(misfits);
  });
});

describe('a message', () => {
  test('is a text with its parties; its thread keeps every digit', () => {
    const raw = parseExactly(
      JSON.stringify(sms()).replace('"conversation"', '"conversationId":7876416245344257449,"conversation"'),
    ) as JsonObject;
    expect(raw.conversationId).toBe('7876416245344257449');
    const row = toMessage(raw);
    expect(row).toMatchObject({ id: '5475920007', time: '2026-03-01T10:00:05.000Z' });
    expect(row.fields).toMatchObject({
      message: '5475920007',
      type: 'SMS',
      direction: 'outbound',
      from: '+12095550155',
      fromName: 'Ada',
      to: '+18555550011',
      text: 'See you at ten',
      sent: START,
      status: 'Delivered',
      read: true,
      thread: '7876416245344257449',
    });
  });

  test('ids beyond 2^53 keep every digit', () => {
    const raw = parseExactly('{"id":9007199254740993123,"creationTime":"2026-03-01T10:00:00Z","size":1e2,"x":-9007199254740993}');
    expect(raw).toMatchObject({ id: '9007199254740993123', size: 100, x: '-9007199254740993' });
    expect(toMessage(raw).id).toBe('9007199254740993123');
  });

  test('a voicemail has its length and, once it is there, what was understood', () => {
    const voicemail = sms({
      type: 'VoiceMail',
      direction: 'Inbound',
      subject: 'Voice Message from ...',
      vmTranscriptionStatus: 'Completed',
      attachments: [
        { id: 1, type: 'AudioRecording', contentType: 'audio/mpeg', vmDuration: 12 },
        { id: 2, type: 'AudioTranscription', contentType: 'text/plain' },
      ],
    });
    expect(toMessage({ ...voicemail, transcript: 'Call me back' }).fields).toMatchObject({
      voicemailSeconds: 12,
      text: 'Call me back',
      transcription: 'Completed',
    });
  });

  test.each<[string, JsonObject, string]>([
    ['without an id', { id: null }, 'id'],
    ['with half an id', { id: 0.5 }, 'id'],
    ['without a time', { creationTime: null }, 'sent'],
    ['of another type', { type: 'Pigeon' }, 'type'],
  ])('%s is a misfit', (_what, more, path) => {
    expect(problemsOf(() => toMessage(sms(more))).map((one) => one.path)).toEqual([path]);
  });
});

describe('an extension', () => {
  const ada = {
    id: 101,
    extensionNumber: '101',
    name: 'Ada Lovelace',
    type: 'User',
    status: 'Enabled',
    contact: { firstName: 'Ada', lastName: 'Lovelace', email: 'ada@example.com', businessPhone: '+15625550101' },
  };
  test('is a person with an address, or a queue, or a menu', () => {
    expect(toExtension(ada)).toMatchObject({
      id: '101',
      fields: { number: '101', name: 'Ada Lovelace', email: 'ada@example.com', kind: 'person', active: true },
    });
    const kinds = ['Department', 'IvrMenu', 'SharedLinesGroup', 'ParkLocation', 'Something new', 'toString'].map(
      (type) => toExtension({ ...ada, type }).fields.kind,
    );
    expect(kinds).toEqual(['queue', 'menu', 'queue', 'other', 'other', 'other']);
    expect(toExtension({ ...ada, status: 'Disabled' }).fields.active).toBe(false);
  });
});

describe('a contact', () => {
  const raw: JsonObject = {
    id: 3_633_141_020,
    firstName: 'Ada',
    lastName: 'Lovelace',
    email: 'ada@work.example',
    email2: 'ada@home.example',
    mobilePhone: '+14155550101',
    homePhone: '+14155550102',
    otherPhone: '+14155550102',
    businessAddress: { street: '1 Quay', city: 'Bath', zip: 'BA1', state: 'Somerset', country: 'UK' },
    birthday: '1815-12-10T00:00:00.000Z',
    ringtoneIndex: '4',
    appInfo: 'switchboard:0198f',
  };

  test('has each number once, and knows the record it was made for', () => {
    const row = toContact(raw);
    expect(row).toMatchObject({ id: '3633141020', mark: '0198f' });
    expect(row.fields).toEqual({
      firstName: 'Ada',
      lastName: 'Lovelace',
      emails: [{ value: 'ada@work.example', primary: true }, { value: 'ada@home.example' }],
      phones: [
        { value: '+14155550101', type: 'mobile' },
        { value: '+14155550102', type: 'home' },
      ],
      addresses: [{ type: 'work', street: '1 Quay', city: 'Bath', region: 'Somerset', postalCode: 'BA1', country: 'UK' }],
      birthday: '1815-12-10',
    });
  });

  test('only what changes is sent', () => {
    expect(bodyOf({ firstName: 'Ada', lastName: 'King' }, raw).body).toEqual({ lastName: 'King' });
    expect(bodyOf({ birthday: null, notes: 'x' }, raw).body).toEqual({ birthday: null, notes: 'x' });
    expect(bodyOf(toContact(raw).fields, raw).body).toEqual({});
  });

  test('a number that goes leaves its places, one that comes finds a free one of its type', () => {
    const [mobile] = toContact(raw).fields.phones as Json[];
    expect(bodyOf({ phones: [mobile!] }, raw).body).toEqual({ homePhone: null, otherPhone: null });
    const { body } = bodyOf(
      {
        phones: [
          ...(toContact(raw).fields.phones as Json[]),
          { value: '+1', type: 'mobile' },
          { value: '+2', type: 'work' },
          { value: '+3' },
        ],
      },
      raw,
    );
    expect(body).toEqual({ businessPhone: '+2', businessPhone2: '+1', homePhone2: '+3' });
  });

  test('a new one bears the mark, and nothing blank', () => {
    expect(toNewContact({ firstName: 'Ada', notes: null }, '0198f3a0-0000-7000-8000-000000000001')).toEqual({
      firstName: 'Ada',
      appInfo: 'switchboard:0198f3a0-0000-7000-8000-000000000001',
    });
  });

  test('what is written reads as it was meant, whatever stood there', () => {
    const text = fc.string({ minLength: 1, maxLength: 20 }).filter((one) => one.isWellFormed() && !one.includes('\0'));
    const types = fc.constantFrom('mobile', 'work', 'home', 'other', 'fax of a friend', undefined);
    const values = fc.record(
      {
        firstName: text,
        emails: fc
          .uniqueArray(fc.emailAddress(), { minLength: 1, maxLength: 3 })
          .map((all) => all.map((value, at) => ({ value, ...(at === 0 && { primary: true }) }))),
        phones: fc.uniqueArray(
          fc.record({ value: fc.integer({ min: 1, max: 99 }).map((n) => `+1${n}`), type: types }, { requiredKeys: ['value'] }),
          { minLength: 1, maxLength: 12, selector: ({ value }) => value },
        ),
        addresses: fc
          .uniqueArray(fc.constantFrom('work', 'home', 'other'), { minLength: 1 })
          .map((all) => all.map((type) => ({ type, city: `City ${type}` }))),
        birthday: fc.constantFrom('1985-12-10', '2000-02-29'),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(values, values, (before, after) => {
        const first = { id: 7, ...toNewContact(before as Values, 'm') };
        const { body, misplaced } = bodyOf(after as Values, first);
        expect(misplaced).toBeUndefined();
        const second = Object.fromEntries(Object.entries({ ...first, ...body }).filter(([, value]) => value !== null));
        const found = toContact(contactShape.trim(second)).fields;
        for (const [name, wanted] of Object.entries({ ...before, ...after })) {
          const values = (value: Json) => (value as { value: string }[]).map((one) => one.value).sort();
          if (name === 'phones') expect(values(found[name]!)).toEqual(values(wanted as Json));
          else expect(equal(contactFields[name as keyof typeof contactFields], found[name], wanted as Json), name).toBe(true);
        }
      }),
    );
  });
});
