import { describe, expect, test } from 'vitest';
import type { Fields } from '#kit/fields.ts';
import { fieldOf, fieldsOf, isObject, object, objectNames } from '#mappings/objects.ts';

describe.each(objectNames)('%s', (name) => {
  const shape = object(name);

  test('its keys name fields it has', () => {
    for (const key of shape.keys) expect(Object.keys(shape.fields)).toContain(key.field);
  });
  test('its references lead to objects', () => {
    for (const field of allFields(shape.fields)) if (field.kind === 'ref') expect(isObject(field.to!)).toBe(true);
  });
  test('its lists say which item is which by a field of theirs', () => {
    for (const field of allFields(shape.fields))
      if (field.identity !== undefined) expect(Object.keys(field.of!)).toContain(field.identity);
  });
  test('its name is pure and never throws', () => {
    expect(typeof shape.nameOf({})).toBe('string');
    expect(shape.ownName({})).toBe('');
  });
});

function allFields(fields: Fields): Fields[string][] {
  return Object.values(fields).flatMap((field) => [field, ...(field.of ? allFields(field.of) : [])]);
}

test('people are called by their parts, else by what is known of them', () => {
  const { nameOf } = object('contact');
  expect(nameOf({ prefix: 'Dr.', givenName: 'Ada', familyName: 'Lovelace', name: 'Somebody' })).toBe('Dr. Ada Lovelace');
  expect(nameOf({ name: 'Ada Lovelace' })).toBe('Ada Lovelace');
  expect(nameOf({ emails: [{ value: 'a@b.example' }, { value: 'c@d.example', primary: true }] })).toBe('c@d.example');
  expect(object('invoice').nameOf({ number: '0042' })).toBe('Invoice 0042');
  expect(object('invoice').nameOf({ number: 'M-7', kind: 'purchase' })).toBe('Bill M-7');
  expect(object('invoice').nameOf({ number: 'CN-1', kind: 'credit' })).toBe('Credit note CN-1');
  expect(object('call').nameOf({ direction: 'outbound', to: '+14155552671', from: '+1' })).toBe('Call to +14155552671');
});

test('an unknown object is an error that names those there are', () => {
  expect(() => object('contcat')).toThrow(/no object "contcat".*contact, company/);
  expect(() => object('constructor')).toThrow(/no object/);
});

test('custom fields join the standard ones and never replace them', () => {
  const fields = fieldsOf('contact', {
    shoeSize: { kind: 'number', title: 'Shoe size' },
    notes: { kind: 'number', title: 'Notes' },
  });
  expect(fields.shoeSize?.kind).toBe('number');
  expect(fields.notes?.kind).toBe('text');
  expect(fieldOf(fields, 'toString')).toBeUndefined();
});
