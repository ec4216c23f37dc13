/** Whatever is done to records, what they leave outside themselves is what their values now say. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyRows, refRows } from '#crm/imprint.ts';
import { shapeOf } from '#crm/shape.ts';
import type { Json, Values } from '#kit/fields.ts';
import { keysIn, refsIn, testCrm } from './crm.ts';

const setting = await testCrm();
const { crm, database } = setting;

const word = fc.constantFrom('Ada', 'Grace', 'Éva', 'Lovelace', '山田', 'ada', "O'Neil", 'x\ty', '');
const email = fc.constantFrom('ada@a.example', 'ADA@a.example', 'grace@navy.example', 'nobody', 'x@gmail.com');
const phone = fc.constantFrom('+442079460958', '(415) 555-2671', '+44 20 7946 0958 ext. 12', 'call me');
const items = (value: fc.Arbitrary<string>) =>
  fc.uniqueArray(value, { maxLength: 3 }).map((all) => all.map((one): Json => ({ value: one })));
const other = fc.nat(9);

/** Values of contacts; `company` is the place of a company in the pool. */
const change = fc.record(
  {
    givenName: word,
    familyName: word,
    jobTitle: word,
    emails: items(email),
    phones: items(phone),
    company: fc.option(other),
  },
  { requiredKeys: [] },
);

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('page' as const), all: fc.array(change, { minLength: 1, maxLength: 4 }) }),
  },
  { weight: 5, arbitrary: fc.record({ is: fc.constant('patch' as const), at: other, change }) },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('bulk' as const), change }) },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constantFrom('archive' as const, 'restore' as const, 'erase' as const), at: other }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('merge' as const), at: other, loser: other }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('keys and references are those of the current values, after any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const workspace = await database.workspace();
      const who = { workspace, by: 'law' };
      const companies: string[] = [];
      for (const name of ['Engines', 'Navy']) companies.push((await crm.add(who, 'company', { name })).id);
      for (const one of steps) await take(who, one, companies).catch(expectRefused);
      const [keys, refs] = await expected(workspace);
      expect(await keysIn(database, workspace)).toEqual(keys);
      expect(await refsIn(database, workspace)).toEqual(refs);
    }),
    { numRuns: 60 },
  );
});

async function take(who: { workspace: number; by: string }, one: Step, companies: readonly string[]): Promise<void> {
  const values = (given: typeof change extends fc.Arbitrary<infer T> ? T : never): Values => {
    const { company, ...rest } = given;
    return company === undefined ? rest : { ...rest, company: company === null ? null : companies[company % 2]! };
  };
  const archived = one.is === 'restore';
  const living = (await crm.list(who.workspace, 'contact', { after: null, limit: 50, archived })).items;
  const pick = (at: number) => living[at % living.length];
  if (one.is === 'page') {
    for (const given of one.all) await crm.add(who, 'contact', values(given));
    return;
  }
  if (one.is === 'bulk') {
    const given = Object.entries(values(one.change));
    await database.store.workspace(who.workspace, (tx) =>
      crm.update(
        tx,
        living.map(({ id, object, version, fields }) => ({
          id,
          object,
          expected: version,
          before: fields,
          changes: Object.fromEntries(given.map(([field, to]) => [field, { from: fields[field] ?? null, to, why: 'law' }])),
        })),
        { by: 'law', at: '2026-03-02T00:00:00.000Z' },
      ),
    );
    return;
  }
  const record = pick(one.at);
  if (record === undefined) return;
  switch (one.is) {
    case 'patch':
      await crm.change(who, record.id, record.version, 'patch', values(one.change));
      return;
    case 'archive':
      await crm.archiveOne(who, record.id, null);
      return;
    case 'restore':
      await crm.restoreOne(who, record.id, null);
      return;
    case 'erase':
      if (one.at % 3 === 0) await crm.eraseOne(who, companies[0]!, 1);
      else await crm.eraseOne(who, record.id, record.version);
      return;
    case 'merge': {
      const loser = pick(one.loser)!;
      if (loser !== record) await crm.merge(who, { survivor: record.id, expected: record.version, loser: loser.id, choices: {} });
    }
  }
}

/** A company of the pool may be erased: erasing it again and referring to it are refused, and must change nothing. */
function expectRefused(error: { kind?: string }): void {
  expect(['missing', 'invalid']).toContain(error.kind);
}

async function expected(workspace: number): Promise<[string[], string[]]> {
  const { rows } = await database.owner.query<{ id: string; object: string; fields: Values; created: Date }>(
    'select id, object, fields, created from records where workspace = $1',
    [workspace],
  );
  const shape = await database.store.workspace(workspace, shapeOf);
  const keys = rows.flatMap(({ id, object, fields }) => keyRows(shape.region, shape.of(object), id, fields));
  const refs = rows.flatMap(({ id, object, fields, created }) => refRows(shape.of(object), id, fields, created.toISOString()));
  return [
    keys.map(({ object, kind, token, record }) => `${object} ${kind} ${token} ${record}`).sort(),
    refs.map(({ record, field, target, at }) => `${record} ${field} ${target} ${at}`).sort(),
  ];
}
