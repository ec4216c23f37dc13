/** A mapping that lets in what it kept out before: shown in its impact, and done once it is saved. */
import { expect, test } from 'vitest';
import type { Json } from '#kit/fields.ts';
import type { Mapping } from '#mappings/format.ts';
import { listItems } from '#store/plans.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const person = (n: number) => ({ givenName: `N${n}`, familyName: `F${n}`, emails: [{ value: `n${n}@example.com` }] });

/** One person over there and another here, under a mapping that keeps them apart. */
async function apart(narrow: Partial<Mapping>): Promise<World> {
  const world = await openWorld({ ...MAPPING, ...narrow });
  world.service.add(person(1));
  await world.contact(person(2));
  await world.begin();
  expect([world.service.living().length, (await world.contacts()).length]).toEqual([1, 1]);
  return world;
}

interface Edited {
  decisions: string[];
  there: number;
  here: number;
}

async function edited(world: World, wide: Partial<Mapping>): Promise<Edited> {
  const [mapping] = await world.engine.look.mappings(world.workspace);
  const body = JSON.parse(JSON.stringify({ ...MAPPING, ...wide })) as Json;
  const [impact] = await world.engine.impactOfMapping(world.workspace, mapping!.id, body, 'person');
  expect(await impact!.done).toBeNull();
  const items = await world.database.store.workspace(world.workspace, (tx) =>
    listItems(tx, impact!.plan, { after: -1, limit: 100 }),
  );
  await world.engine.saveMapping(world.workspace, mapping!.id, mapping!.version, body, 'person', 'wider');
  await world.engine.drain(world.workspace, world.sync, 'test');
  return {
    decisions: items.map((item) => item.decision),
    there: world.service.living().length,
    here: (await world.contacts()).length,
  };
}

const NONE = { create: 'none' } as const;

test('records that may be created over there now are, and the impact says so', async () => {
  const world = await apart(NONE);
  expect(await edited(world, { create: 'theirs' })).toEqual({ decisions: ['create there'], there: 2, here: 1 });
});

test('records that a condition left out before are told', async () => {
  const world = await apart({ create: 'theirs', only: { crm: '= record.givenName == "N1"' } });
  const narrower = { create: 'theirs', only: { crm: '= record.givenName != "N1"' } } as const;
  expect(await edited(world, narrower)).toEqual({ decisions: ['create there'], there: 2, here: 1 });
});

test('rows that may come in now do, with the next reading of everything', async () => {
  const world = await apart(NONE);
  expect(await edited(world, { create: 'crm' })).toEqual({ decisions: [], there: 1, here: 2 });
});

test('an edit that lets in nobody reads nothing and creates nobody', async () => {
  const world = await apart(NONE);
  world.service.calls = {};
  expect(await edited(world, { ...NONE, winner: 'crm' })).toEqual({ decisions: [], there: 1, here: 1 });
  expect(world.service.calls).toEqual({});
});
