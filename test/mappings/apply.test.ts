import { describe, expect, test } from 'vitest';
import type { Json } from '#kit/fields.ts';
import { inward, matchKeys, newborn, outward, takesPart, trace, wantsIn, wantsOut } from '#mappings/apply.ts';
import { compile, MappingError } from '#mappings/compile.ts';
import type { Mapping } from '#mappings/format.ts';
import { cases } from './cases/books.ts';
import { parties } from './streams.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const base: Omit<Mapping, 'fields'> = {
  from: 'books.parties',
  to: 'company',
  winner: 'newest',
  match: [{ crm: 'email', theirs: 'EmailAddress' }],
  create: 'crm',
};
const ready = (fields: Mapping['fields'], more?: Partial<Mapping>) => compile({ ...base, fields, ...more }, { stream: parties });

describe('mappings as data', () => {
  test.each(cases.map((one) => [one.name, one] as const))('%s', (_, { fields, row, record, back, answers, resting }) => {
    const compiled = ready(fields);
    const circumstances = { answers: new Map(Object.entries(answers ?? {})), now };
    const mapped = inward(compiled, row, circumstances);
    expect(mapped.values).toEqual(record);
    expect([...mapped.resting]).toEqual(Object.keys(resting ?? {}));
    for (const [field, problem] of Object.entries(resting ?? {})) {
      const found = mapped.problems.find((one) => one.field === field)?.problem;
      if (problem === null) expect(found).toBeUndefined();
      else expect(found).toMatch(problem);
    }
    expect(outward(compiled, record, { ...circumstances, other: row }).values).toEqual(back ?? row);
  });
});

test('only the fields asked for go out', () => {
  const compiled = ready([
    { crm: 'name', theirs: 'Name' },
    { crm: 'notes', theirs: 'Note' },
  ]);
  expect(outward(compiled, { name: 'Acme', notes: 'n' }, { now }, new Set(['notes'])).values).toEqual({ Note: 'n' });
});

test('items go out with the parts that the other side has', () => {
  const compiled = ready([{ crm: 'websites', theirs: 'Sites', via: { rename: { fields: { url: 'value' } } } }]);
  const websites: Json = [{ value: 'https://acme.example', type: 'work' }, { value: 'https://acme.test' }];
  expect(outward(compiled, { websites }, { now }).values).toEqual({
    Sites: [{ url: 'https://acme.example' }, { url: 'https://acme.test' }],
  });
});

test('a name that is only told is the one people see', () => {
  const compiled = ready([{ crm: 'name', theirs: 'Name', way: 'out' }], { to: 'contact' });
  expect(outward(compiled, { givenName: 'Ada', familyName: 'Lovelace' }, { now }).values).toEqual({ Name: 'Ada Lovelace' });
});

test('defaults serve those who are born', () => {
  const compiled = ready([{ crm: 'source', theirs: 'Group', default: 'books' }]);
  expect(newborn(compiled, {})).toEqual({ source: 'books' });
  expect(newborn(compiled, { source: 'fair' })).toEqual({ source: 'fair' });
});

test('what must be known is asked first, after the codecs before it', () => {
  const compiled = ready([{ crm: 'parent', theirs: 'Group', via: ['trim', { find: { object: 'company', create: true } }] }]);
  const [question] = wantsIn(compiled, { Group: '  Holding ' });
  expect(question).toMatchObject({
    ask: 'find',
    object: 'company',
    create: { name: 'Holding' },
    match: { kind: 'name', token: 'holding' },
  });
  expect(inward(compiled, { Group: ' Holding ' }, { now, answers: new Map([[question!.key, 'r1']]) }).values).toEqual({
    parent: 'r1',
  });
  const [back] = wantsOut(compiled, { parent: 'r1' });
  expect(back).toMatchObject({ ask: 'value', object: 'company', field: 'name', record: 'r1' });
  expect(wantsIn(compiled, {})).toEqual([]);
});

test('who takes part', () => {
  const compiled = ready([{ crm: 'name', theirs: 'Name' }], { only: { theirs: '= row.IsCustomer', crm: 'record.isCustomer' } });
  expect(takesPart(compiled, 'theirs', { IsCustomer: true }, now)).toEqual({ takes: true });
  expect(takesPart(compiled, 'theirs', {}, now)).toEqual({ takes: false });
  expect(takesPart(compiled, 'crm', { isCustomer: true }, now)).toEqual({ takes: true });
  expect(takesPart(ready([{ crm: 'name', theirs: 'Name' }]), 'crm', {}, now)).toEqual({ takes: true });
});

test('match keys bear their rank and strength', () => {
  const compiled = ready([{ crm: 'name', theirs: 'Name' }], {
    match: [
      { crm: 'email', theirs: 'EmailAddress', strength: 'strong' },
      { crm: 'phone', theirs: 'Phone' },
      { crm: 'domain', theirs: 'Sites' },
      { crm: 'name', theirs: 'Name' },
    ],
  });
  expect(
    matchKeys(compiled, {
      Name: 'Acme',
      EmailAddress: 'A@acme.example',
      Phone: 'none',
      Sites: [{ url: 'https://www.acme.example' }],
    }),
  ).toEqual([
    { kind: 'email', token: 'a@acme.example', rank: 0, strong: true },
    { kind: 'domain', token: 'acme.example', rank: 2, strong: false },
    { kind: 'name', token: 'acme', rank: 3, strong: false },
  ]);
});

test('each step of a value can be seen', () => {
  const compiled = ready([
    { crm: 'phones', theirs: 'Phone', via: [{ e164: { region: 'US' } }, 'item'] },
    { crm: 'industry', theirs: 'Status', via: { table: { map: { ACTIVE: 'alive' } } } },
    { crm: 'notes', theirs: '= row.Name + "!"' },
  ]);
  const row = { Phone: '415 555 2671', Status: 'X', Name: 'Acme' };
  expect(trace(compiled.byCrm.get('phones')!, row, { now })).toEqual([
    { step: 'row.Phone', value: '415 555 2671' },
    { step: 'e164 of US', value: '+14155552671' },
    { step: 'item {}', value: [{ value: '+14155552671' }] },
  ]);
  expect(trace(compiled.byCrm.get('industry')!, row, { now }).at(-1)!.value).toMatch(/not in the table/);
  expect(trace(compiled.byCrm.get('notes')!, row, { now })).toEqual([{ step: '= row.Name + "!"', value: 'Acme!' }]);
});

test('a mapping with errors does not compile, and says all of them', () => {
  const wrong = () =>
    ready([
      { crm: 'nmae', theirs: 'Name' },
      { crm: 'name', theirs: 'Nmae' },
    ]);
  expect(wrong).toThrow(MappingError);
  expect(wrong).toThrow(/2 errors.*fields\/0\/crm: nmae.*fields\/1\/theirs: Nmae/s);
});
