/** A page costs a constant number of SQL statements, however many rows it has: questions are asked for pages, never for rows. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Values } from '#kit/fields.ts';
import { addTally } from '#store/tallies.ts';
import { openWorld, type World } from './world.ts';

const SIZES = [10, 100, 1_000] as const;

/** Statements: of all a run does where its rows stand in one page; per portion where they go in portions (`told`, `gone`). */
interface Costs {
  create: number;
  unchanged: number;
  update: number;
  asked: number;
  gone: number;
  match: number;
  told: number;
}

const person = (n: number): Values => ({
  givenName: `Given${n}`,
  familyName: `Family${n}`,
  emails: [{ value: `n${n}@example.com` }, { value: `n${n}@example.org` }],
  note: `note ${n}`,
});

/** What each kind of page of so many rows costs, all rows in one page. */
async function costsOf(size: number): Promise<Costs> {
  const world = await openWorld();
  world.service.pageSize = 1_000;
  await world.begin();
  const ids = Array.from({ length: size }, (_, n) => world.service.add(person(n)));
  const create = await costOf(world, 'create', size);
  const unchanged = await costOf(world, 'unchanged', size, true);
  for (const [n, id] of ids.entries()) world.service.edit(id, { givenName: `Other${n}`, jobTitle: `Job ${n}` });
  const update = await costOf(world, 'update', size);
  for (const id of ids) world.service.edit(id, { emails: 'none that can be mapped' });
  const asked = await costOf(world, 'questions', size);
  for (const id of ids) world.service.erase(id);
  await world.database.store.workspace(world.workspace, (tx) =>
    addTally(tx, world.sync, 'allowed deletions here', size, new Date(world.now())),
  );
  const gone = perPortion(await costOf(world, 'gone', size), size, 200);
  return { create, unchanged, update, asked, gone, match: await costOfMatching(size), told: await costOfTelling(size) };
}

/** Rows that meet records we already have. */
async function costOfMatching(size: number): Promise<number> {
  const world = await openWorld();
  world.service.pageSize = 1_000;
  await world.begin();
  await addContacts(world, size);
  for (let n = 0; n < size; n += 1) world.service.add(person(n));
  await world.database.owner.query('delete from intents where workspace = $1', [world.workspace]);
  return costOf(world, 'link', size);
}

/** Deliveries of 50, the most the service takes at once. */
async function costOfTelling(size: number): Promise<number> {
  const world = await openWorld();
  await world.begin();
  await addContacts(world, size);
  return perPortion(await costOf(world, 'told new', size), size, 50);
}

const perPortion = (spent: number, size: number, most: number): number => Math.ceil(spent / Math.ceil(size / most));

async function addContacts(world: World, size: number): Promise<void> {
  const cause = { by: 'test', at: new Date(world.now()).toISOString() };
  const creations = Array.from({ length: size }, (_, n) => {
    const { note, ...fields } = person(n);
    return { id: crypto.randomUUID(), object: 'contact', fields: { ...fields, notes: note! } };
  });
  await world.database.store.workspace(world.workspace, (tx) => world.crm.create(tx, creations, cause));
}

async function costOf(world: World, what: string, size: number, full = false): Promise<number> {
  const { statements } = world.database.store;
  const before = statements.count;
  const end = await world.run(full);
  expect(end.counts).toMatchObject({ [what]: size });
  return statements.count - before;
}

describe('statements of a page', () => {
  const costs = new Map<number, Costs>();
  beforeAll(async () => {
    for (const size of SIZES) costs.set(size, await costsOf(size));
  });

  test.each(['create', 'unchanged', 'update', 'asked', 'match'] as const)('%s: as many for 1,000 rows as for 10', (kind) => {
    const spent = SIZES.map((size) => costs.get(size)![kind]);
    expect(spent).toEqual(spent.map(() => spent[0]));
  });

  test.each(['told', 'gone'] as const)('%s: a portion costs no more when more follow', (kind) => {
    const [few, ...more] = SIZES.map((size) => costs.get(size)![kind]);
    for (const spent of more) expect(spent).toBeLessThanOrEqual(few!);
  });
});
