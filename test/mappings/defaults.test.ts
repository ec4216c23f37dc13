/** Default mappings: in order, and doing what they are for. */
import { describe, expect, test } from 'vitest';
import { contactFields } from '#connectors/gsuite/fields.ts';
import type { Values } from '#kit/fields.ts';
import { inward, matchKeys, outward, wantsIn, wantsOut } from '#mappings/apply.ts';
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
