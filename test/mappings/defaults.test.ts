/** Default mappings: in order, and doing what they are for. */
import { describe, expect, test } from 'vitest';
import { contactFields } from '#connectors/gsuite/fields.ts';
import { streamOf } from '#connectors/index.ts';
import type { Values } from '#kit/fields.ts';
import { inward, matchKeys, outward, takesPart, wantsIn, wantsOut } from '#mappings/apply.ts';
import { checkMapping } from '#mappings/check.ts';
import { compile } from '#mappings/compile.ts';
import { defaultMapping, defaults } from '#mappings/defaults.ts';
import { mapping } from '#mappings/mapping.ts';
import { object } from '#mappings/objects.ts';
import { parseMapping } from '#mappings/parse.ts';

test.each(Object.entries(defaults))('%s survives JSON and names its stream', (stream, shipped) => {
  expect(parseMapping(JSON.parse(JSON.stringify(shipped))).mapping).toEqual(shipped);
  expect(shipped.from).toBe(stream);
});

test.each(Object.entries(defaults))('%s is in order, and each of its rules names what its stream has', (stream, shipped) => {
  const findings = checkMapping(shipped, { stream: streamOf(stream) });
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([]);
});

test('a stream without a default has none', () => expect(defaultMapping('toString')).toBeUndefined());

describe('G Suite contacts', () => {
  const contacts = defaults['gsuite.contacts']!;
  const compiled = compile(contacts, { stream: { fields: contactFields, timed: true }, region: 'GB' });
  const person: Values = {
    givenName: ' Ada ',
    familyName: 'Lovelace',
    emails: [{ value: 'ada@firma.example', type: 'work', primary: true }],
    phones: [{ value: '020 7946 0958', type: 'mobile' }],
    addresses: [{ type: 'home', city: 'London', countryCode: 'GB' }],
    organization: 'Analytical  Engines',
    birthday: '--12-10',
    urls: [{ value: 'https://ada.example' }],
    note: 'First programmer',
    custom: [{ key: 'shoe', value: '38' }],
  };

  test('is in order', () => {
    expect(
      checkMapping(contacts, { stream: { fields: contactFields, timed: true } }).filter(
        (finding) => finding.severity === 'error',
      ),
    ).toEqual([]);
  });
  test('brings in all that a contact has, but what is made of other fields', () => {
    const read = new Set(contacts.fields.map((rule) => rule.theirs));
    expect(Object.keys(contactFields).filter((field) => !read.has(field))).toEqual(['displayName', 'groups']);
  });
  test('brings a person in with the company, and out again', () => {
    const [company, ...more] = wantsIn(compiled, person);
    expect(more).toEqual([]);
    expect(company).toMatchObject({ ask: 'find', object: 'company', create: { name: 'Analytical Engines' } });
    const { values, problems } = inward(compiled, person, { now: 0, answers: new Map([[company!.key, 'c1']]) });
    expect(problems).toEqual([]);
    expect(values).toMatchObject({
      givenName: 'Ada',
      company: 'c1',
      birthday: '--12-10',
      phones: [{ value: '+442079460958', type: 'mobile' }],
    });
    expect(object('contact').nameOf(values)).toBe('Ada Lovelace');
    const answers = new Map(wantsOut(compiled, values).map((wanted) => [wanted.key, 'Analytical Engines']));
    expect(outward(compiled, values, { now: 0, answers }).values).toEqual({
      ...person,
      givenName: 'Ada',
      organization: 'Analytical Engines',
      phones: [{ value: '+442079460958', type: 'mobile' }],
    });
  });
  test('recognises people by e-mail, then phone', () => {
    expect(matchKeys(compiled, person).map(({ kind, token, rank, strong }) => [kind, token, rank, strong])).toEqual([
      ['email', 'ada@firma.example', 0, false],
      ['phone', '+442079460958', 1, false],
    ]);
  });
});

describe('RingCentral', () => {
  const ready = (name: string) => compile(defaults[name]!, { stream: streamOf(name), region: 'US' });
  const call: Values = {
    session: 's-1',
    type: 'Voice',
    direction: 'inbound',
    outcome: 'answered',
    started: '2026-03-01T10:00:00.000Z',
    ended: '2026-03-01T10:03:00.000Z',
    from: '(415) 555-2671',
    fromName: 'SAN FRANCSCO CA',
    to: '102',
    extension: '850021016',
    talkSeconds: 55,
    legs: [{ party: 'Accept', extension: '850021016', number: '+14155552671', outcome: 'Accepted', talkSeconds: 55 }],
  };

  test('a call is recognised by its session alone, and nothing of it decides whom it concerns', () => {
    const calls = ready('ringcentral.calls');
    expect(matchKeys(calls, call).map(({ kind, token, strong }) => [kind, token, strong])).toEqual([['number', 's-1', true]]);
    const { values, problems } = inward(calls, call, { now: 0 });
    expect(problems).toEqual([]);
    expect(values).toMatchObject({ session: 's-1', from: '+14155552671', to: '102', talkSeconds: 55, legs: call.legs });
    const decided = ['contact', 'company', 'lead', 'opportunity', 'owner', 'notes', 'disposition', 'evidence'];
    expect(defaults['ringcentral.calls']!.fields.filter(({ crm }) => decided.includes(crm))).toEqual([]);
  });

  test('faxes and inner halves of click-to-calls are no calls', () => {
    const takes = (more: Values) => takesPart(ready('ringcentral.calls'), 'theirs', { ...call, ...more }, 0).takes;
    expect([takes({}), takes({ type: 'Fax' }), takes({ innerHalf: true })]).toEqual([true, false, false]);
  });

  test('nothing but contacts goes out', () => {
    const outward = Object.entries(defaults).filter(([name]) => name.startsWith('ringcentral') && ready(name).outward.length > 0);
    expect(outward.map(([name]) => name)).toEqual(['ringcentral.contacts']);
  });

  test('texts and voicemails are messages, pagers are not', () => {
    const messages = ready('ringcentral.messages');
    const takes = (type: string) => takesPart(messages, 'theirs', { type }, 0).takes;
    expect(['SMS', 'VoiceMail', 'Pager', 'Fax'].map(takes)).toEqual([true, true, false, false]);
    const { values } = inward(
      messages,
      { message: '7', type: 'VoiceMail', from: '+14155552671', sent: call.started! },
      { now: 0 },
    );
    expect(values).toMatchObject({ messageId: '7', medium: 'voicemail', fromPhone: '+14155552671' });
  });

  test('people with an address are users, queues are not', () => {
    const extensions = ready('ringcentral.extensions');
    const ada = { kind: 'person', name: 'Ada', email: 'ada@example.com', number: '101', active: true };
    const takes = (more: Values) => takesPart(extensions, 'theirs', { ...ada, ...more }, 0).takes;
    expect([takes({}), takes({ kind: 'queue' }), takes({ email: '' })]).toEqual([true, false, false]);
    expect(inward(extensions, ada, { now: 0 }).values).toMatchObject({ name: 'Ada', email: 'ada@example.com', extension: '101' });
  });

  test('a contact goes out with the parts the address book has', () => {
    const contacts = ready('ringcentral.contacts');
    const person = { givenName: 'Ada', emails: [{ value: 'ada@x.example', type: 'work', primary: true }] };
    expect(outward(contacts, person, { now: 0 }).values).toEqual({
      firstName: 'Ada',
      emails: [{ value: 'ada@x.example', primary: true }],
    });
  });
});

test('a wrong name does not compile', () => {
  const rules = { from: 'gsuite.contacts', to: 'contact', winner: 'crm', create: 'none', match: [] } as const;
  // @ts-expect-error the stream has no such field
  mapping<typeof contactFields, 'contact'>({ ...rules, match: [], fields: [{ crm: 'notes', theirs: 'notse' }] });
  // @ts-expect-error the object has no such field
  mapping<typeof contactFields, 'contact'>({ ...rules, match: [], fields: [{ crm: 'notse', theirs: 'note' }] });
  expect(
    mapping<typeof contactFields, 'contact'>({ ...rules, match: [], fields: [{ crm: 'notes', theirs: 'note' }] }).fields,
  ).toHaveLength(1);
});
