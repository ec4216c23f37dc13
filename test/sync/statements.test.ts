/** A page costs a constant number of SQL statements, however many rows it has: questions are asked for pages, never for rows. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { Values } from '#kit/fields.ts';
import { openWorld, type World } from './world.ts';

const SIZES = [10, 100, 1_000] as const;

interface Costs {
  create: number;
  unchanged: number;
  update: number;
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
  return { create, unchanged, update, match: await costOfMatching(size), told: await costOfTelling(size) };
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

/** Deliveries of 50, the most the service takes at once: per batch. */
async function costOfTelling(size: number): Promise<number> {
  const world = await openWorld();
  await world.begin();
  await addContacts(world, size);
  const spent = await costOf(world, 'told new', size);
  return Math.ceil(spent / Math.ceil(size / 50));
}

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
  expect(end.counts[what]).toBe(size);
  return statements.count - before;
}

describe('statements of a page', () => {
  const costs = new Map<number, Costs>();
  beforeAll(async () => {
    for (const size of SIZES) costs.set(size, await costsOf(size));
  });

  test.each(['create', 'unchanged', 'update', 'match'] as const)('%s: as many for 1,000 rows as for 10', (kind) => {
    const spent = SIZES.map((size) => costs.get(size)![kind]);
    expect(spent).toEqual(spent.map(() => spent[0]));
  });

  test('a batch of deliveries costs no more when more batches follow', () => {
    const [few, ...more] = SIZES.map((size) => costs.get(size)!.told);
    for (const spent of more) expect(spent).toBeLessThanOrEqual(few!);
  });
});
