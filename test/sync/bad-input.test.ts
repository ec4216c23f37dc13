/** Rows nobody would want: each is kept, what of it cannot be is asked about, and the rest of its page goes on. */
import { describe, expect, test } from 'vitest';
import type { Json, Values } from '#kit/fields.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const neighbours: Values[] = [1, 2].map((n) => ({
  givenName: `N${n}`,
  familyName: `F${n}`,
  emails: [{ value: `n${n}@example.com` }],
}));

/** A page with the row between two ordinary ones. */
async function importing(fields: { [name: string]: Json }): Promise<{ world: World; row: string }> {
  const world = await openWorld({ ...MAPPING, fields: [...MAPPING.fields, { crm: 'birthday', theirs: 'birthday' }] });
  world.service.add(neighbours[0]!);
  const row = world.service.add(fields as Values);
  world.service.add(neighbours[1]!);
  await world.begin();
  return { world, row };
}

const person = { givenName: 'Ada', familyName: 'Lovelace', emails: [{ value: 'ada@example.com' }] };
const NUL = String.fromCharCode(0);
const LONE = String.fromCharCode(0xd800);

const bad: { [what: string]: { [name: string]: Json } } = {
  'a NUL in a text': { ...person, note: `a${NUL}b` },
  'a lone surrogate in a text': { ...person, note: `a${LONE}b` },
  'a lone surrogate in a name': { ...person, familyName: `Love${LONE}lace` },
  'a NUL in an address': { ...person, emails: [{ value: `ada${NUL}@example.com` }] },
  'the signs our bulk parameters are joined by': { ...person, note: 'a\u001eb\u001fc', familyName: '\u001f' },
  'a note of a megabyte': { ...person, note: 'x'.repeat(1_000_000) },
  '5,000 addresses': { ...person, emails: Array.from({ length: 5_000 }, (_, n) => ({ value: `ada${n}@example.com` })) },
  'the thirtieth of February': { ...person, birthday: '2023-02-30' },
  'a date that is none': { ...person, birthday: 'yesterday' },
  'a text that is a number': { ...person, givenName: 7 },
  'a list that is a text': { ...person, emails: 'ada@example.com' },
  'an item that is null': { ...person, emails: [null] },
  'a person with no name': { emails: [{ value: 'nobody@example.com' }] },
  'a person with nothing at all': {},
  'an address that is none': { ...person, emails: [{ value: 'not an address' }] },
};

/** The crm field a question is about; fields not named are kept without one. */
const asked: { [what: string]: string } = {
  'a NUL in a text': 'notes',
  'a lone surrogate in a text': 'notes',
  'a lone surrogate in a name': 'familyName',
  'a NUL in an address': 'emails',
  'the thirtieth of February': 'birthday',
  'a date that is none': 'birthday',
  'a text that is a number': 'givenName',
  'a list that is a text': 'emails',
  'an item that is null': 'emails',
};

describe('a row among others', () => {
  test.each(Object.entries(bad))('%s', async (what, fields) => {
    const { world, row } = await importing(fields);
    const names = (await world.contacts()).map((c) => c.name);
    expect(names).toEqual(expect.arrayContaining(['N1 F1', 'N2 F2']));
    expect(names, 'the row itself is kept').toHaveLength(3);
    const questions = (await world.held()).map(({ row, kind, field }) => ({ row, kind, field }));
    expect(questions).toEqual(asked[what] === undefined ? [] : [{ row, kind: 'unmappable', field: asked[what] }]);
    await world.run(true); // and nothing hangs on it
    expect((await world.contacts()).length).toBe(names.length);
  });
});

describe('a row that turns bad', () => {
  test.each(Object.entries(bad).filter(([what]) => !what.startsWith('a person')))('%s', async (_what, fields) => {
    const { world, row } = await importing(person);
    world.service.edit(row, fields);
    const other = world.service.living().find((r) => r.fields.givenName === 'N1')!;
    world.service.edit(other.id, { familyName: 'Changed' });
    await world.run();
    expect((await world.contacts()).map((c) => c.name)).toEqual(expect.arrayContaining(['N1 Changed', 'N2 F2']));
    expect(await world.contacts()).toHaveLength(3);
    // Mended over there, it goes on as if nothing had been.
    world.service.edit(row, { ...person, note: null, birthday: null, familyName: 'King' });
    await world.run();
    expect((await world.contacts()).map((c) => c.name)).toContain('Ada King');
    expect(await world.held()).toEqual([]);
  });
});
