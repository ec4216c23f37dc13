/** A meeting stands in its organizer's calendar, and its guests' services keep copies: one event, and nobody is told twice. */
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Fields, Values } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import type { MemoryService } from './service.ts';
import { openWorld, type World } from './world.ts';

const FIELDS = {
  uid: { kind: 'text', title: 'UID', readOnly: true },
  title: { kind: 'text', title: 'Title' },
  location: { kind: 'text', title: 'Location' },
  guest: { kind: 'flag', title: 'A guest’s copy', readOnly: true },
  private: { kind: 'flag', title: 'Kept to themselves', readOnly: true },
} satisfies Fields;

const EVENTS: Mapping = {
  from: 'memory.people',
  to: 'event',
  winner: 'theirs',
  match: [{ crm: 'uid', theirs: 'uid', strength: 'strong' }],
  create: 'both',
  fields: [
    { crm: 'uid', theirs: 'uid' },
    { crm: 'title', theirs: 'title' },
    { crm: 'location', theirs: 'location' },
  ],
};

interface Firm {
  world: World;
  /** Ada's account, then Bob's. */
  ada: MemoryService;
  bob: MemoryService;
  syncs: [number, number];
  /** Reads and delivers in both until nothing moves. */
  round(): Promise<void>;
  events(): Promise<{ id: string; fields: Values }[]>;
}

async function firm(own: Partial<Stream> = {}): Promise<Firm> {
  const world = await openWorld(EVENTS, { fields: FIELDS, once: true, personal: true, ...own });
  const second = await world.another();
  await world.database.owner.query(`update connections set title = account || 'da@firm.example' where workspace = $1`, [
    world.workspace,
  ]);
  for (const [name, email] of [
    ['Ada', 'ada@firm.example'],
    ['Bob', 'bda@firm.example'],
  ] as const)
    await world.crm.add(world.who, 'user', { name, email });
  await world.begin();
  await world.begin(second.sync);
  return {
    world,
    ada: world.service,
    bob: second.service,
    syncs: [world.sync, second.sync],
    async round() {
      for (let n = 0; n < 2; n += 1) {
        await world.run();
        await world.run(false, second.sync);
      }
    },
    events: async () => (await world.crm.list(world.workspace, 'event', { after: null, limit: 100 })).items,
  };
}

const change = (world: World, id: string, values: Values) => world.change(id, values);
const pushes = ({ ada, bob }: Firm) => [ada.calls.push ?? 0, bob.calls.push ?? 0];

describe('a meeting that a colleague organizes', () => {
  let here: Firm;
  let mine: string;
  let theirs: string;
  beforeAll(async () => {
    here = await firm();
    // The guest's copy is read first.
    theirs = here.bob.add({ uid: 'M1@x', title: 'Review', guest: true });
    await here.world.run(false, here.syncs[1]);
    mine = here.ada.add({ uid: 'm1@X ', title: 'Review' });
    await here.round();
  });

  test('is one event with two rows', async () => {
    const events = await here.events();
    expect(events.map(({ fields }) => fields.title)).toEqual(['Review']);
    const { rows } = await here.world.database.owner.query('select row from links where record = $1 order by sync', [
      events[0]!.id,
    ]);
    expect(rows.map(({ row }) => row)).toEqual([mine, theirs]);
    expect(await here.world.held()).toEqual([]);
  });

  test('moved here it is moved for its organizer alone; the copy follows by itself, and agrees', async () => {
    const [event] = await here.events();
    await change(here.world, event!.id, { location: 'Room 4' });
    await here.round();
    expect(here.ada.get(mine)!.location).toBe('Room 4');
    expect(here.bob.get(theirs)!.location).toBeUndefined();
    here.bob.edit(theirs, { location: 'Room 4' });
    await here.round();
    expect(pushes(here)).toEqual([1, 0]);
    expect((await here.world.engine.whyRecord(here.world.workspace, event!.id)).map(({ reason }) => reason)).toEqual([
      'in step',
      'copy',
    ]);
  });

  test('what a guest does to the copy changes it for nobody', async () => {
    here.bob.edit(theirs, { location: 'At my desk' });
    await here.round();
    expect((await here.events())[0]!.fields.location).toBe('Room 4');
    expect(pushes(here)).toEqual([1, 0]);
  });

  test('a guest who deletes the copy leaves the meeting; when the organizer’s row goes too it is archived', async () => {
    here.bob.erase(theirs);
    await here.round();
    expect(await here.events()).toHaveLength(1);
    here.ada.erase(mine);
    await here.round();
    expect(await here.events()).toEqual([]);
  });
});

describe('a meeting that a customer organizes', () => {
  test('is what it is while one of its guests shows it, though another keeps it to themselves; of the last nothing is told', async () => {
    const here = await firm();
    const shown = { uid: 'out@z', title: 'Their review', location: 'Their office', guest: true };
    const [adas, bobs] = [here.ada.add(shown), here.bob.add(shown)];
    await here.round();
    const hide = { title: undefined, location: undefined, private: true } as unknown as Values;
    here.bob.edit(bobs, hide);
    await here.round();
    expect(await here.events()).toMatchObject([{ fields: { title: 'Their review', location: 'Their office' } }]);
    here.ada.edit(adas, hide);
    await here.round();
    expect((await here.events())[0]!.fields.title).toBeUndefined();
  });

  test('is known by its copies: they give what they say, and are never written', async () => {
    const here = await firm();
    const copy = here.ada.add({ uid: 'out@y', title: 'Their review', guest: true });
    const other = here.bob.add({ uid: 'out@y', title: 'Their review', guest: true });
    await here.round();
    const [event] = await here.events();
    for (const [service, row] of [
      [here.ada, copy],
      [here.bob, other],
    ] as const)
      service.edit(row, { location: 'Their office' });
    await here.round();
    expect((await here.events())[0]!.fields.location).toBe('Their office');
    await change(here.world, event!.id, { title: 'Ours' });
    await here.round();
    expect(pushes(here)).toEqual([0, 0]);
    expect(here.ada.get(copy)!.title).toBe('Their review');
  });
});

test('in two calendars of one account it is one event, and nobody is asked', async () => {
  const here = await firm();
  here.ada.add({ uid: 'twice@x', title: 'Team', guest: true });
  const own = here.ada.add({ uid: 'twice@x', title: 'Team' });
  await here.round();
  expect(await here.events()).toHaveLength(1);
  expect(await here.world.held()).toEqual([]);
  here.ada.edit(own, { title: 'Team, moved' });
  await here.round();
  expect((await here.events())[0]!.fields.title).toBe('Team, moved');
});

describe('an event made here', () => {
  test('gets its UID where it comes into being, and is then met by the guests’ copies', async () => {
    const here = await firm();
    const users = (await here.world.crm.list(here.world.workspace, 'user', { after: null, limit: 9 })).items;
    const ada = users.find(({ fields }) => fields.email === 'ada@firm.example')!;
    here.ada.fills = { uid: 'made@there' };
    await here.world.crm.add(here.world.who, 'event', { title: 'New', owner: ada.id });
    await here.round();
    here.bob.add({ uid: 'made@there', title: 'New', guest: true });
    await here.round();
    expect((await here.events()).map(({ fields }) => fields.uid)).toEqual(['made@there']);
    expect(pushes(here)).toEqual([1, 0]);
  });

  test('comes into being in its owner’s account, once; without an owner nowhere', async () => {
    const here = await firm();
    const [, bob] = (await here.world.crm.list(here.world.workspace, 'user', { after: null, limit: 9 })).items
      .map(({ id, fields }) => ({ id, email: fields.email }))
      .sort((a, b) => String(a.email).localeCompare(String(b.email)));
    await here.world.crm.add(here.world.who, 'event', { title: 'Nobody’s' });
    await here.world.crm.add(here.world.who, 'event', { title: 'Bob’s', owner: bob!.id });
    await here.round();
    expect(here.ada.living()).toEqual([]);
    expect(here.bob.living().map(({ fields }) => fields.title)).toEqual(['Bob’s']);
    const nobodys = (await here.events()).find(({ fields }) => fields.title === 'Nobody’s')!;
    expect((await here.world.engine.whyRecord(here.world.workspace, nobodys.id)).map(({ reason }) => reason)).toEqual([
      'elsewhere',
      'elsewhere',
    ]);
    await here.world.database.owner.query(`update connections set title = 'bda@firm.example' where workspace = $1`, [
      here.world.workspace,
    ]);
    const event = (await here.events()).find(({ fields }) => fields.title === 'Bob’s')!;
    await change(here.world, event.id, { location: 'Lab' });
    await here.round();
    expect(here.ada.living()).toEqual([]);
    expect(here.bob.living().map(({ fields }) => fields.location)).toEqual(['Lab']);
  });
});

test('of somebody with two accounts: while the answer of one is lost it does not come into being in the other', async () => {
  const here = await firm({ creates: { by: 'key', lifetime: 3_600_000 } });
  here.ada.recognises = 'key';
  const users = (await here.world.crm.list(here.world.workspace, 'user', { after: null, limit: 9 })).items;
  const [ada, bob] = ['Ada', 'Bob'].map((name) => users.find((user) => user.name === name)!.id);
  await change(here.world, bob!, { email: 'other@firm.example' });
  await change(here.world, ada!, { emails: [{ value: 'ada@firm.example' }, { value: 'bda@firm.example' }] });
  here.ada.loseAnswers = 1;
  await here.world.crm.add(here.world.who, 'event', { title: 'Once', owner: ada! });
  await here.world.engine.drain(here.world.workspace, here.syncs[0], 'test');
  expect(here.ada.calls.push).toBe(1);
  await here.world.engine.drain(here.world.workspace, here.syncs[1], 'test');
  await here.round();
  expect([here.ada, here.bob].map((service) => service.living().length)).toEqual([1, 0]);
});

const HISTORIES = Number(process.env.MEETINGS ?? 3);

/** What may happen to a meeting, in any order. */
const deeds = fc.array(
  fc.oneof(
    fc.record({
      by: fc.constantFrom('here', 'organizer', 'guest'),
      field: fc.constantFrom('title', 'location'),
      value: fc.constantFrom('a', 'b', 'c'),
    }),
    fc.constantFrom({ by: 'update' as const }, { by: 'read' as const }),
  ),
  { minLength: 3, maxLength: 12 },
);

test(
  'whatever is done here, by the organizer or by a guest: organizer and record agree in the end, and no copy is ever written',
  async () => {
    const here = await firm();
    const { world, ada, bob } = here;
    let meeting = 0;
    await fc.assert(
      fc.asyncProperty(deeds, async (all) => {
        const fields = { uid: `h${++meeting}@x`, title: `t${meeting}` };
        const own = ada.add(fields);
        const copy = bob.add({ ...fields, guest: true });
        await here.round();
        const event = (await here.events()).find((one) => one.fields.uid === fields.uid)!;
        for (const deed of all) {
          if (deed.by === 'read') await here.round();
          // The organizer's service tells the guest's.
          else if (deed.by === 'update')
            bob.edit(copy, { title: ada.get(own)!.title!, location: ada.get(own)!.location ?? null });
          else if (deed.by === 'here') await change(world, event.id, { [deed.field]: deed.value });
          else if (deed.by === 'organizer') ada.edit(own, { [deed.field]: deed.value });
          else bob.edit(copy, { [deed.field]: deed.value });
        }
        await here.round();
        await here.round();
        const { title, location } = (await world.crm.get(world.workspace, event.id)).fields;
        expect({ title, location }).toEqual({ title: ada.get(own)!.title, location: ada.get(own)!.location });
        expect(bob.calls.push).toBeUndefined();
        expect(await world.held()).toEqual([]);
        await world.crm.archiveOne(world.who, event.id, null);
      }),
      { numRuns: HISTORIES },
    );
  },
  60_000 + 10_000 * HISTORIES,
);
