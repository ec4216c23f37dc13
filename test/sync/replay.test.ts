/** What settling was given gives the same plan again, byte for byte: after a round trip as JSON, in another process, in later versions. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Values } from '#kit/fields.ts';
import { type Case, caseText, compareOutcomes, planText, readCase } from '#sync/case.ts';
import { compareReplay, replay } from '#sync/replay.ts';
import { MemoryService } from './service.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const { stream } = new MemoryService(Date.now);
const FOLDER = join(import.meta.dirname, 'cases');

const person = (n: number): Values => ({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });

async function casesOf({ engine, workspace }: World, limit = 200): Promise<Case[]> {
  const listed = await engine.cases.list(workspace, { limit });
  return Promise.all(listed.map(({ id }) => engine.cases.get(workspace, id)));
}

async function expectSame(one: Case): Promise<void> {
  const again = readCase(caseText(one));
  const outcome = await replay(again, stream);
  expect(JSON.stringify(outcome)).toBe(JSON.stringify(one.failed === undefined ? { plan: one.plan } : { failed: one.failed }));
  expect(await compareReplay(again, stream)).toEqual({ same: true, differences: [] });
}

const WITH_COMPANY = {
  ...MAPPING,
  fields: [
    ...MAPPING.fields.filter((rule) => rule.crm !== 'notes'),
    { crm: 'company', theirs: 'note', via: { find: { object: 'company', by: 'name' as const, create: true } } },
  ],
};

type Step = { n: number; do: 'edit ours' | 'edit theirs' | 'erase' | 'add' | 'twin' | 'answer'; value: string };

const step: fc.Arbitrary<Step> = fc.record({
  n: fc.nat(5),
  do: fc.constantFrom('edit ours', 'edit theirs', 'edit theirs', 'erase', 'add', 'twin', 'answer'),
  value: fc.oneof(fc.constantFrom('', '\u0000', 'Acme', 'Bolt', '__proto__', '{"$map":[]}'), fc.string({ maxLength: 8 })),
});

/** A round that surely changes a record, and another. */
const EDITED_THERE: Step[][] = ['Acme', 'Bolt'].map((value) => [{ n: 0, do: 'edit theirs', value }]);

async function take(world: World, { n, do: what, value }: Step): Promise<void> {
  const { service, engine, workspace } = world;
  const rows = service.living().map(({ id }) => id);
  const row = rows[n % Math.max(1, rows.length)];
  const records = await world.contacts();
  const record = records[n % Math.max(1, records.length)];
  if (what === 'add') service.add({ ...person(10 + n), note: value });
  if (what === 'twin') service.add({ ...person(n), givenName: value });
  if (row && what === 'edit theirs') service.edit(row, { jobTitle: value, note: value });
  if (row && what === 'erase' && n > 3) service.erase(row);
  if (record && what === 'edit ours') await world.change(record.id, { jobTitle: `ours ${n}`, givenName: `Our${n}` });
  if (what !== 'answer') return;
  for (const { id, kind } of await world.held())
    await engine.answer(workspace, id, kind === 'duplicate' ? { is: 'new' } : { is: 'crm' }, 'person').catch(() => undefined);
}

describe.each([
  ['plain fields', MAPPING, {}],
  ['references that bring records into being', WITH_COMPANY, {}],
  ['rows of persons', MAPPING, { personal: true }],
])('with %s', (_, mapping, own) => {
  test('whatever happened on both sides, every page is settled again to the same bytes', async () => {
    const decisions = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 3 }),
        async (rounds) => {
          const world = await openWorld(mapping, own, 1);
          world.service.pageSize = 4;
          for (let n = 0; n < 6; n += 1) world.service.add({ ...person(n), note: n % 2 ? 'Acme' : 'Core' });
          await world.contact(person(1));
          if ('personal' in own) (await world.another()).service.add(person(2));
          await world.begin();
          for (const steps of rounds) {
            for (const one of steps) await take(world, one);
            await world.run(steps.length === 4);
          }
          const cases = await casesOf(world);
          expect(cases.length).toBeGreaterThan(1); // the two pages of the import; rounds may change nothing
          for (const one of cases) {
            await expectSame(one);
            for (const { decision } of (one.plan as unknown as { items: { decision: string }[] }).items) decisions.add(decision);
          }
        },
      ),
      { numRuns: 4, examples: [[EDITED_THERE]] },
    );
    expect([...decisions]).toEqual(expect.arrayContaining(['create', 'link', 'update']));
  });
});

describe('a case', () => {
  async function kept(): Promise<{ world: World; row: string; one: Case }> {
    const world = await openWorld();
    const row = world.service.add(person(1));
    await world.begin();
    await world.change((await world.contacts())[0]!.id, { jobTitle: 'ours' });
    const id = await world.engine.cases.capture(world.workspace, world.sync, [row], 'person');
    return { world, row, one: await world.engine.cases.get(world.workspace, id) };
  }

  test('is made of rows as they are, when somebody asks, and changes nothing', async () => {
    const { world, row, one } = await kept();
    expect(one.page.map((arrival) => arrival.row.id)).toEqual([row]);
    expect(one.plan).toMatchObject({ items: [{ row, decision: 'agree', tells: ['jobTitle'] }] });
    expect(await world.engine.cases.list(world.workspace, { limit: 10 })).toMatchObject([
      { kind: 'asked', rows: 1, problem: null },
    ]);
    await expectSame(one);
    const stranger = world.service.add(person(2));
    const second = await world.engine.cases.capture(world.workspace, world.sync, [stranger], 'person');
    expect((await world.engine.cases.get(world.workspace, second)).plan).toMatchObject({ items: [{ decision: 'create' }] });
    expect(await world.contacts()).toHaveLength(1);
    await expect(world.engine.cases.capture(world.workspace, world.sync, ['nobody'], 'person')).rejects.toThrow('neither linked');
  });

  test('is settled to the same bytes in another process', async () => {
    const { one } = await kept();
    const child = spawn(process.execPath, [join(import.meta.dirname, 'replay-process.ts')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(caseText(one));
    const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(said).toBe(`{"plan":${planText(one.plan!)}}`);
  });

  test('says which rows are settled otherwise, were the code or what it was given another', async () => {
    const { row, one } = await kept();
    const other: Case = { ...one, page: one.page.map((arrival) => ({ ...arrival, row: { ...arrival.row, version: '99' } })) };
    const { same, differences } = compareOutcomes(one, await replay(other, stream));
    expect(same).toBe(false);
    expect(differences).toMatchObject([{ row, before: { link: { version: '1' } }, after: { link: { version: '99' } } }]);
  });

  test('that leaves out what settling asks says so, and nothing else is asked', async () => {
    const { one } = await kept();
    const { failed } = await replay({ ...one, known: one.known.filter(({ question }) => question !== 'linksOfRows') }, stream);
    expect(failed).toContain('the case does not know linksOfRows');
  });

  test.each(['', '{', '[]', 'null', '{"case":2}', '{"case":1}'])('is not %j', (given) => {
    expect(() => readCase(given)).toThrow('no exported case');
  });
});

test('a page that fails for a fault of ours is kept, once an hour, with its failure', async () => {
  let broken = false;
  const toRow: typeof stream.toRow = (raw) => {
    if (broken) throw new TypeError('cannot read it');
    return stream.toRow(raw);
  };
  const world = await openWorld(MAPPING, { toRow });
  const row = world.service.add(person(1));
  await world.begin();
  world.service.edit(row, { familyName: 'Other' });
  broken = true;
  await expect(world.run()).rejects.toThrow('cannot read it');
  await expect(world.run()).rejects.toThrow('cannot read it');
  const listed = await world.engine.cases.list(world.workspace, { limit: 10 });
  expect(listed).toMatchObject([{ kind: 'failed', problem: 'cannot read it', rows: 1, stream: 'memory.people' }]);
  const one = await world.engine.cases.get(world.workspace, listed[0]!.id);
  expect(one.failed).toBe('TypeError: cannot read it');
  expect(await replay(one, { ...stream, toRow })).toEqual({ failed: 'TypeError: cannot read it' });
  broken = false;
  expect((await replay(one, { ...stream, toRow })).plan).toMatchObject({ items: [{ row, decision: 'update' }] });
  await world.run();
  expect((await world.contacts())[0]!.fields.familyName).toBe('Other');
});

test('a row the database refuses is kept as a case of its own', async () => {
  const world = await openWorld();
  const rows = [0, 1, 2].map((n) => world.service.add(person(n)));
  const refusal = `alter table links add constraint refusal check (workspace <> ${world.workspace} or row <> '${rows[1]}')`;
  await world.database.owner.query(refusal);
  await world.begin();
  await world.database.owner.query('alter table links drop constraint refusal');
  expect(await world.held()).toMatchObject([{ kind: 'failed', row: rows[1] }]);
  const [failed, ...others] = await world.engine.cases.list(world.workspace, { limit: 10 });
  expect(others).toEqual([]);
  expect(failed).toMatchObject({ kind: 'failed', rows: 1 });
  await expectSame(await world.engine.cases.get(world.workspace, failed!.id));
});

test('a page that is no sample costs no statement more, and leaves nothing', async () => {
  const spent: number[] = [];
  for (const samples of [0, 1]) {
    const world = await openWorld(MAPPING, {}, samples);
    await world.begin();
    world.service.add(person(1));
    const { statements } = world.database.store;
    const before = statements.count;
    await world.run();
    spent.push(statements.count - before);
    expect(await casesOf(world)).toHaveLength(samples);
  }
  // To keep a case is an insertion, and the removal of what is past.
  expect(spent[1]! - spent[0]!).toBe(2);
});

/** Exported cases: put a file here and it is a test. WRITE_CASES=1 writes what they come to now. */
describe('exported cases', () => {
  test.each(readdirSync(FOLDER).filter((file) => file.endsWith('.json')))('%s', async (file) => {
    const path = join(FOLDER, file);
    const one = readCase(readFileSync(path, 'utf8'));
    if (process.env.WRITE_CASES === '1') {
      const { plan: _plan, failed: _failed, ...given } = one;
      writeFileSync(path, `${JSON.stringify({ ...given, ...(await replay(one, stream)) }, null, 1)}\n`);
    }
    expect(await compareReplay(one, stream)).toEqual({ same: true, differences: [] });
  });
});
