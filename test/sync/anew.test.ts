/** What is decided about a workspace moves what is linked already, from the kept rows: its region, a field's source, people who share. */
import { describe, expect, test } from 'vitest';
import type { Json, Values } from '#kit/fields.ts';
import { getPlan } from '#store/plans.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const ada: Values = { givenName: 'Ada', familyName: 'Lovelace', emails: [{ value: 'ada@example.com' }] };
const fieldsOf = async (world: World) => (await world.contacts())[0]!.fields;
const drain = (world: World, sync = world.sync) => world.engine.drain(world.workspace, sync, 'test');

/** Both accounts are read and told until nothing moves. */
async function both(world: World, sync: number): Promise<void> {
  for (let n = 0; n < 2; n += 1) {
    await world.run();
    await world.run(false, sync);
  }
}

describe('another region', () => {
  const reading = (via: Json) => ({
    ...MAPPING,
    fields: MAPPING.fields.map((rule) => (rule.crm === 'notes' ? ({ ...rule, via } as (typeof MAPPING.fields)[0]) : rule)),
  });
  const berlin = async (via: Json = 'e164') => {
    const world = await openWorld(reading(via));
    const row = world.service.add({ ...ada, note: '030 901820' });
    await world.begin();
    expect((await fieldsOf(world)).notes).toBe(via === 'e164' ? '030 901820' : '+4930901820');
    world.service.calls = {};
    return { world, row };
  };

  test('reads the kept rows’ national numbers by the new one, without a call', async () => {
    const { world } = await berlin();
    await world.crm.changeRegion(world.who, 'DE');
    await drain(world);
    expect((await fieldsOf(world)).notes).toBe('+4930901820');
    expect(world.service.calls).toEqual({});
    const [entry] = (await world.crm.timeline(world.workspace, (await world.contacts())[0]!.id, { after: null, limit: 1 })).items;
    expect(entry).toMatchObject({ changes: { notes: { from: '030 901820', to: '+4930901820' } } });
    expect((await world.run(true)).counts).toMatchObject({ unchanged: 1 });
  });

  test('leaves alone what somebody here wrote since, and what no region reads otherwise', async () => {
    const { world } = await berlin();
    const record = (await world.contacts())[0]!.id;
    await world.change(record, { notes: 'by hand' });
    await world.run();
    world.service.add({ givenName: 'Grace', note: '+1 415 555 2671' });
    await world.run();
    await world.crm.changeRegion(world.who, 'DE');
    await drain(world);
    expect((await world.contacts()).map((c) => c.fields.notes).sort()).toEqual(['+14155552671', 'by hand']);
  });

  test('a mapping that names its own region is not concerned', async () => {
    const { world } = await berlin({ e164: { region: 'DE' } });
    await world.crm.changeRegion(world.who, 'FR');
    const { counts, run } = await drain(world);
    expect({ counts, run }).toMatchObject({ counts: {} });
    expect((await fieldsOf(world)).notes).toBe('+4930901820');
  });

  test('ends open previews; the same region again ends nothing', async () => {
    const { world } = await berlin();
    const preview = async () => {
      const begun = await world.engine.preview(world.workspace, world.sync, 'test');
      expect(await begun.done).toBeNull();
      return begun.plan;
    };
    const state = async (plan: number) =>
      (await world.database.store.workspace(world.workspace, (tx) => getPlan(tx, plan)))?.state;
    const first = await preview();
    await world.crm.changeRegion(world.who, 'US');
    expect(await state(first)).toBe('ready');
    await world.crm.changeRegion(world.who, 'DE');
    expect(await state(first)).toBe('ended');
    await expect(world.engine.execute(world.workspace, first, 'test')).rejects.toThrow(/ended/);
  });
});

describe('a source', () => {
  /** Two accounts that differ in a field which only comes in: the first has brought it. */
  const differing = async () => {
    const world = await openWorld({
      ...MAPPING,
      fields: [...MAPPING.fields, { crm: 'birthday', theirs: 'birthday', way: 'in' }],
    });
    const second = await world.another();
    world.service.add({ ...ada, birthday: '1815-12-10' });
    second.service.add(ada);
    await world.begin();
    await world.begin(second.sync);
    await both(world, second.sync);
    return { world, second };
  };
  const setSource = async (world: World, sync: number, field: string) => {
    const { connection } = await world.engine.look.sync(world.workspace, sync);
    await world.engine.setSource(world.workspace, { object: 'contact', field, connection }, 'person');
  };

  test('brings what its kept rows say, and others are told', async () => {
    const { world, second } = await differing();
    const [row] = second.service.living();
    // The first is the source: an edit in the second is answered with what the first says. Then it is the other way round.
    await setSource(world, world.sync, 'birthday');
    second.service.edit(row!.id, { birthday: '1816-01-01' });
    await both(world, second.sync);
    expect((await fieldsOf(world)).birthday).toBe('1815-12-10');
    second.service.calls = {};
    await setSource(world, second.sync, 'birthday');
    await drain(world, second.sync);
    expect((await fieldsOf(world)).birthday).toBe('1816-01-01');
    expect(second.service.calls, 'nothing is read again').toEqual({});
  });

  test('does not take back what the service has only rendered', async () => {
    const world = await openWorld();
    world.service.textLimit = 5;
    world.service.add(ada);
    await world.begin();
    await world.change((await world.contacts())[0]!.id, { notes: 'a long note' });
    await world.run();
    expect(world.service.living()[0]!.fields.note).toBe('a lon');
    await setSource(world, world.sync, 'notes');
    await drain(world);
    expect((await fieldsOf(world)).notes).toBe('a long note');
  });

  test('two that are set one after the other both move', async () => {
    const { world, second } = await differing();
    await setSource(world, world.sync, 'birthday');
    const [row] = second.service.living();
    second.service.edit(row!.id, { birthday: '1816-01-01' });
    await both(world, second.sync);
    await setSource(world, second.sync, 'familyName');
    await setSource(world, second.sync, 'birthday');
    await drain(world, second.sync);
    expect((await fieldsOf(world)).birthday).toBe('1816-01-01');
    const { rows } = await world.database.owner.query('select state from plans where workspace = $1 and kind = $2', [
      world.workspace,
      'remap',
    ]);
    expect(rows.map(({ state }) => state)).toEqual(rows.map(() => 'done'));
  });
});

describe('people who share', () => {
  test('what had been kept from the others is told', async () => {
    const world = await openWorld(MAPPING, { personal: true });
    const second = await world.another();
    const here = world.service.add({ ...ada, note: 'met at the clinic' });
    const there = second.service.add(ada);
    await world.begin();
    await world.begin(second.sync);
    await both(world, second.sync);
    world.service.edit(here, { familyName: 'King' });
    await both(world, second.sync);
    expect(second.service.get(there)).toEqual(ada);
    const { mapping } = await world.engine.look.sync(world.workspace, world.sync);
    const body = JSON.parse(JSON.stringify({ ...MAPPING, people: 'together' })) as Json;
    const impact = await world.engine.impactOfMapping(world.workspace, mapping, body, 'person');
    for (const one of impact) expect(await one.done).toBeNull();
    await world.engine.saveMapping(world.workspace, mapping, 1, body, 'person', 'we share');
    await drain(world, second.sync);
    expect(second.service.get(there)).toMatchObject({ familyName: 'King', note: 'met at the clinic' });
  });
});
