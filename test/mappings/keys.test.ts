import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Values } from '#kit/fields.ts';
import { domainToken, emailToken, keyOf, keysOf, longestToken, mostWords, nameToken, searchWords } from '#mappings/keys.ts';
import { objectNames } from '#mappings/objects.ts';

const tokens = (object: string, values: Parameters<typeof keysOf>[1], kind: string) =>
  keysOf(object, values)
    .filter((key) => key.kind === kind)
    .map((key) => key.token);

const ada: Values = {
  givenName: 'Ada',
  familyName: 'Lovelace',
  emails: [{ value: 'Ada@Firma.Example', primary: true }, { value: 'ada.l@gmail.com' }],
  phones: [{ value: '+1 415 555 2671' }, { value: '(415) 555-2672 x9' }, { value: 'call the desk' }],
};

describe('a contact gives keys over all its values', () => {
  test('e-mails', () => expect(tokens('contact', ada, 'email')).toEqual(['ada@firma.example', 'ada.l@gmail.com']));
  test('phones, with and without extension', () =>
    expect(tokens('contact', ada, 'phone')).toEqual(['+14155552671', '+14155552672', '+14155552672;ext=9']));
  test('domains, but not everybody’s', () => expect(tokens('contact', ada, 'domain')).toEqual(['firma.example']));
  test('name, whatever the order', () => {
    expect(tokens('contact', ada, 'name')).toEqual(['ada lovelace']);
    expect(nameToken('LOVELACE,  Ada')).toBe('ada lovelace');
  });
  test('the whole name serves only while no part is known', () => {
    expect(tokens('contact', { name: 'Grace Hopper' }, 'name')).toEqual(['grace hopper']);
    expect(tokens('contact', { name: 'Grace Hopper', givenName: 'Ada' }, 'name')).toEqual(['ada']);
  });
  test('an address is no name', () => expect(tokens('contact', { emails: [{ value: 'x@y.example' }] }, 'name')).toEqual([]));
  test('words', () => {
    expect(tokens('contact', ada, 'word')).toEqual(
      expect.arrayContaining(['ada', 'lovelace', 'ada@firma.example', 'firma.example', '14155552671']),
    );
  });
});

test('a company is found by domain, tax number and name', () => {
  const acme = { name: 'Acme Ltd.', websites: [{ value: 'https://www.acme.example/about' }], taxNumber: 'DE 123 456' };
  expect(tokens('company', acme, 'domain')).toEqual(['acme.example']);
  expect(tokens('company', acme, 'tax')).toEqual(['de123456']);
  expect(keyOf('name', 'ACME Ltd')).toEqual({ kind: 'name', token: 'acme ltd' });
});

test('what is no address or domain gives no key', () => {
  for (const text of ['', '@', 'a@', '@b', 'a b@c.example', 'nobody']) expect(emailToken(text)).toBe('');
  for (const text of ['', 'localhost', 'someone@gmail.com', 'http://', 'a..b']) expect(domainToken(text)).toBe('');
  expect(keyOf('phone', 'call the desk')).toBeNull();
});

test('search words are those that records give', () => {
  expect(searchWords('Éva  MÜLLER-Lüdenscheidt')).toEqual(['eva', 'muller', 'ludenscheidt']);
  expect(searchWords('(415) 555-2671')).toEqual(['14155552671']);
  expect(searchWords('ada@firma.example')).toEqual(['ada@firma.example']);
  expect(searchWords('山田 太郎')).toEqual(['山田', '太郎']);
});

test('keys are bounded, distinct and fit for the database, whatever the values', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.emailAddress(),
    fc.constant('\u0000\ud800'),
    fc.lorem({ maxCount: 60 }),
  );
  const items = fc.array(fc.record({ value: text }), { maxLength: 40 });
  const values = fc.record(
    { givenName: text, familyName: text, name: text, subject: text, emails: items, phones: items, websites: items },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(fc.constantFrom(...objectNames), values, (object, some) => {
      const keys = keysOf(object, some);
      expect(new Set(keys.map((key) => `${key.kind} ${key.token}`)).size).toBe(keys.length);
      const words = keys.filter((key) => key.kind === 'word');
      expect(words.length).toBeLessThanOrEqual(mostWords);
      for (const word of words) expect(word.token.length).toBeLessThanOrEqual(longestToken);
      for (const { token } of keys) {
        expect(token).not.toBe('');
        expect(token.isWellFormed()).toBe(true);
        expect(token).not.toMatch(/\p{Cc}/u);
      }
    }),
  );
});

test('thousands of values do not make thousands of words', () => {
  const phones = Array.from({ length: 5_000 }, (_, i) => ({ value: `+1415555${String(i).padStart(4, '0')}` }));
  expect(tokens('contact', { phones }, 'phone')).toHaveLength(200);
  expect(tokens('contact', { phones }, 'word')).toHaveLength(mostWords);
});
