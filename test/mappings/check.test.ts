import { describe, expect, test } from 'vitest';
import { checkMapping } from '#mappings/check.ts';
import type { Mapping } from '#mappings/format.ts';
import { parseMapping } from '#mappings/parse.ts';
import { parties, untimed } from './streams.ts';

const good: Mapping = {
  from: 'books.parties',
  to: 'company',
  winner: 'crm',
  match: [{ crm: 'email', theirs: 'EmailAddress' }],
  create: 'both',
  fields: [{ crm: 'name', theirs: 'Name', via: 'trim', winner: 'theirs' }],
};
const check = (change: Partial<Mapping>, stream = parties) => checkMapping({ ...good, ...change }, { stream });
const rules = (...fields: Mapping['fields']) => check({ fields: [{ crm: 'name', theirs: 'Name' }, ...fields] });
const errors = (findings: ReturnType<typeof check>) =>
  findings.filter((finding) => finding.severity === 'error').map(({ path, found }) => `${path}: ${found}`);
const warnings = (findings: ReturnType<typeof check>) =>
  findings.filter((finding) => finding.severity === 'warning').map(({ found }) => found);

test('nothing is said of a mapping in order', () => {
  expect(check({}).filter((finding) => finding.severity === 'error')).toEqual([]);
});

describe('every error has its place', () => {
  test.each<[string, ReturnType<typeof check>, string[]]>([
    ['unknown stream', checkMapping(good, null), ['from: books.parties']],
    ['unknown object', check({ to: 'planet' }), ['to: planet']],
    ['unknown fields', rules({ crm: 'nope', theirs: 'Nope' }), ['fields/1/crm: nope', 'fields/1/theirs: Nope']],
    [
      'inherited names',
      rules({ crm: 'constructor', theirs: 'toString' }),
      ['fields/1/crm: constructor', 'fields/1/theirs: toString'],
    ],
    ['kinds that cannot meet', rules({ crm: 'receivable', theirs: 'Credit' }), ['fields/1/theirs: text (“Credit limit”)']],
    ['kinds within lists', rules({ crm: 'websites', theirs: 'Sites' }), ['fields/1/theirs: items of url, label']],
    ['read-only written', rules({ crm: 'receivable', theirs: 'Balance', way: 'both' }), ['fields/1/way: both']],
    ['no way to recognise strangers', check({ match: [] }), ['match: no way to recognise strangers']],
    ['no such key', check({ match: [{ crm: 'revenue', theirs: 'Credit' }] }), ['match/0/crm: revenue']],
    ['match by an unknown field', check({ match: [{ crm: 'email', theirs: 'Mail' }] }), ['match/0/theirs: Mail']],
    ['newest without a time', check({ winner: 'newest' }, untimed), ['winner: newest']],
    [
      'newest of one rule without a time',
      check({ fields: [{ crm: 'name', theirs: 'Name', winner: 'newest' }] }, untimed),
      ['fields/0/winner: newest'],
    ],
    ['formula', rules({ crm: 'notes', theirs: '= row.Nmae' }), ['fields/1/theirs: row.⟦Nmae⟧']],
    ['formula outward', rules({ crm: 'notes', theirs: '= row.Name', way: 'both' }), ['fields/1/way: both']],
    ['formula of another kind', rules({ crm: 'receivable', theirs: '= row.Name' }), ['fields/1/theirs: ⟦row.Name⟧']],
    ['formula through no codec', rules({ crm: 'notes', theirs: '= row.Name', via: 'trimm' }), ['fields/1/via: trimm']],
    [
      'formula through a codec of other arguments',
      rules({ crm: 'notes', theirs: '= row.Name', via: { table: { mop: {} } } }),
      ['fields/1/via/table/map: {"mop":{}}'],
    ],
    [
      'formula through a codec to another kind',
      rules({ crm: 'notes', theirs: '= row.Name', via: 'number' }),
      ['fields/1/theirs: number (“= row.Name”)'],
    ],
    ['default of another kind', rules({ crm: 'isCustomer', theirs: 'IsCustomer', default: 'yes' }), ['fields/1/default: "yes"']],
    [
      'stand-in of another kind',
      rules({ crm: 'notes', theirs: 'Note', via: { default: { value: 5 } } }),
      ['fields/1/via/default/value: 5'],
    ],
    [
      'found or created by too little',
      rules({ crm: 'parent', theirs: 'EmailAddress', via: { find: { object: 'company', by: 'emails', create: true } } }),
      ['fields/1/via/find/create: true, by emails'],
    ],
    ['condition', rules({ crm: 'notes', theirs: 'Note', when: '= record.nmae' }), ['fields/1/when: record.⟦nmae⟧']],
    ['only', check({ only: { theirs: 'row.Name', crm: 'recrod.name' } }), ['only/theirs: ⟦row.Name⟧', 'only/crm: ⟦recrod⟧.name']],
    ['two writers of ours', rules({ crm: 'name', theirs: 'Note' }), ['fields/1/crm: name']],
    ['two writers of theirs', rules({ crm: 'notes', theirs: 'Name' }), ['fields/1/theirs: Name']],
    ['unknown codec', rules({ crm: 'notes', theirs: 'Note', via: ['trim', 'trimm'] }), ['fields/1/via/1: trimm']],
    [
      'codec within a list',
      rules({ crm: 'websites', theirs: 'Sites', via: { each: { field: 'label', via: 'number' } } }),
      ['fields/1/theirs: items of url, label'],
    ],
    ['reference without translation', rules({ crm: 'parent', theirs: 'ParentID' }), ['fields/1/theirs: ref (“Parent”)']],
    [
      'reference to the wrong object',
      rules({ crm: 'parent', theirs: 'Group', via: { find: { object: 'contact' } } }),
      ['fields/1/theirs: ref (“Group”)'],
    ],
  ])('%s', (_, findings, expected) => expect(errors(findings)).toEqual(expected));
});

test('all problems are reported at once, with advice', () => {
  const findings = check(
    {
      to: 'company',
      winner: 'newest',
      match: [],
      fields: [
        { crm: 'a', theirs: 'b', via: 'c' },
        { crm: 'name', theirs: 'Name', way: 'in' },
      ],
    },
    untimed,
  );
  expect(errors(findings)).toEqual([
    'winner: newest',
    'match: no way to recognise strangers',
    'fields/0/crm: a',
    'fields/0/theirs: b',
  ]);
  for (const finding of findings)
    for (const part of [finding.path, finding.found, finding.allowed, finding.advice]) expect(part).not.toBe('');
});

describe('what is lost is named, and allowed', () => {
  test.each<[string, ReturnType<typeof check>, RegExp]>([
    [
      'codec',
      rules({ crm: 'industry', theirs: 'Status', via: { table: { map: { ACTIVE: 'a', ARCHIVED: 'a' } } } }),
      /ARCHIVED" comes back as "ACTIVE"/,
    ],
    ['shorter', check({ fields: [{ crm: 'notes', theirs: 'Name' }] }), /theirs \(“Name”\) holds 100, ours \(“Notes”\) up to/],
    ['parts of items', rules({ crm: 'emails', theirs: 'EmailAddress', via: 'item' }), /all items but one/],
    ['required', check({ fields: [{ crm: 'notes', theirs: 'Note' }] }), /no rule for Name/],
  ])('%s', (_, findings, expected) => {
    expect(errors(findings)).toEqual([]);
    expect(warnings(findings).join('\n')).toMatch(expected);
  });
});

describe('JSON of another shape', () => {
  test('every place at once', () => {
    const { findings } = parseMapping({
      ...good,
      winner: 'me',
      crate: 'both',
      fields: [{ crm: 'name', theirs: 5, via: { trim: 1 } }],
    });
    expect(findings!.map(({ path, found }) => `${path}: ${found}`).sort()).toEqual([
      'crate: "both"',
      'fields/0/theirs: 5',
      'fields/0/via: {"trim":1}',
      'winner: "me"',
    ]);
  });
  test.each([null, [], 'text', 5, {}, { fields: [] }])('%j is refused, never a crash', (json) => {
    expect(parseMapping(json).findings!.length).toBeGreaterThan(0);
  });
  test('a mapping survives JSON', () => {
    expect(parseMapping(JSON.parse(JSON.stringify(good))).mapping).toEqual(good);
  });
});
