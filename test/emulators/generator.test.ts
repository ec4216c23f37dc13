import { expect, test } from 'vitest';
import { contactOf } from './gsuite/contact.ts';
import { createIds } from './gsuite/ids.ts';
import { countDuplicates, duplicateOf, generate } from './gsuite/people.ts';
import { FIELDS } from './gsuite/schema.ts';

const people = Array.from({ length: 3000 }, (_, n) => generate(1, n));
const GROUPS = new Set(['contactGroups/myContacts', 'contactGroups/starred']);

test('the same seed makes the same people, another seed others', () => {
  expect(generate(1, 42)).toEqual(generate(1, 42));
  expect(generate(2, 42)).not.toEqual(generate(1, 42));
});

test('everyone is as Google would keep them', () => {
  for (const person of people.slice(0, 1000)) expect(contactOf(person, Object.keys(FIELDS), GROUPS)).toEqual(person);
});

test('many scripts, companies that are shared, some without a name, some with an e-mail address only', () => {
  const text = JSON.stringify(people);
  for (const script of ['Latin', 'Cyrillic', 'Greek', 'Arabic', 'Hebrew', 'Han', 'Hangul', 'Devanagari', 'Hiragana']) {
    expect(text).toMatch(new RegExp(`\\p{Script=${script}}`, 'u'));
  }
  const companies = people.flatMap((one) => one.organizations ?? []).map((one) => one.name);
  expect(new Set(companies).size).toBeGreaterThan(people.length / 6);
  expect(new Set(companies).size).toBeLessThan(people.length / 4);
  expect(people.filter((one) => one.names === undefined).length).toBeGreaterThan(30);
  expect(people.filter((one) => Object.keys(one).join() === 'emailAddresses,memberships').length).toBeGreaterThan(5);
  const born = people.flatMap((one) => one.birthdays ?? []).map((one) => Object.keys(Object(one.date)).length);
  expect(new Set(born)).toEqual(new Set([2, 3]));
});

test('duplicates are declared: nobody else shares an e-mail address', () => {
  const seen = new Map<string, number>();
  let found = 0;
  people.forEach((person, n) => {
    const mine = (person.emailAddresses ?? []).map((one) => String(one.value).toLowerCase());
    const first = mine.map((one) => seen.get(one)).find((one) => one !== undefined);
    expect(first).toBe(duplicateOf(1, n));
    if (first === undefined) for (const one of mine) seen.set(one, n);
    else found++;
  });
  expect(found).toBe(countDuplicates(1, people.length));
  expect(found).toBeGreaterThan(20);
});

test('a resource name leads back to its number, and no other account knows it', () => {
  const [ids, others] = [createIds(7), createIds(8)];
  for (const n of [0, 1, 999_999, 4_000_000_000]) {
    expect(ids.numberOf(ids.resourceName(n))).toBe(n);
    expect(others.numberOf(ids.resourceName(n))).toBeUndefined();
  }
  expect(ids.numberOf('people/me')).toBeUndefined();
});
