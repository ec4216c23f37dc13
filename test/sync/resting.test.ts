/** A rule that rests takes nothing and tells nothing; once it no longer rests, what it left counts as news. */
import { describe, expect, test } from 'vitest';
import type { Mapping, Rule } from '#mappings/format.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const emails = [{ value: 'ada@example.com' }];
const with_ = (rule: Rule): Mapping => ({ ...MAPPING, fields: [...MAPPING.fields.filter(({ crm }) => crm !== 'notes'), rule] });
const only = async (world: World) => (await world.contacts())[0]!;

describe('a value that cannot be translated', () => {
  const COMPANY = with_({ crm: 'company', theirs: 'note', via: { find: { object: 'company', by: 'name' } } });

  /** Two companies are called Acme, until a person says that they are one and asks for another try. */
  async function settled(known: boolean): Promise<{ world: World; company: string }> {
    const world = await openWorld(COMPANY);
    const [acme, twin] = [await company(world), await company(world)];
    if (known) await world.contact({ givenName: 'Ada', emails });
    world.service.add({ givenName: 'Ada', emails, note: 'Acme' });
    await world.begin();
    const [question] = await world.held();
    expect(question).toMatchObject({ kind: 'unmappable', field: 'company' });
    await world.crm.merge(world.who, { survivor: acme.id, expected: acme.version, loser: twin.id, choices: {} });
    await world.engine.answer(world.workspace, question!.id, { is: 'go on' }, 'person');
    await world.run();
    return { world, company: acme.id };
  }
  const company = (world: World) => world.crm.add(world.who, 'company', { name: 'Acme' });

  test.each([
    ['of a row that became a record', false],
    ['of a row that met one', true],
  ])('%s is taken once it can be', async (_what, known) => {
    const { world, company } = await settled(known);
    expect((await only(world)).fields.company).toBe(company);
    expect(await world.held()).toEqual([]);
  });
});

describe('a condition', () => {
  const KING = with_({ crm: 'notes', theirs: 'note', when: 'row.familyName == "King"' });
  const CALLED = with_({ crm: 'notes', theirs: 'note', when: 'record.doNotCall == false' });

  test('of the row: what it left is taken when it comes to hold', async () => {
    const world = await openWorld(KING);
    const row = world.service.add({ familyName: 'Byron', emails, note: 'countess' });
    await world.begin();
    expect((await only(world)).fields.notes).toBeUndefined();
    world.service.edit(row, { familyName: 'King' });
    await world.run();
    expect((await only(world)).fields.notes).toBe('countess');
  });

  test('of the row: it holds for what is told as well, and where it does not nothing is told', async () => {
    const world = await openWorld(KING);
    const row = world.service.add({ familyName: 'King', emails, note: 'countess' });
    await world.begin();
    await world.change((await only(world)).id, { notes: 'reads' });
    await world.run();
    expect(world.service.get(row)?.note).toBe('reads');
    world.service.edit(row, { familyName: 'Byron' });
    await world.run();
    await world.change((await only(world)).id, { notes: 'writes' });
    await world.run();
    expect(world.service.get(row)?.note).toBe('reads');
  });

  test('of the record: it is asked of the record the row belongs to', async () => {
    const world = await openWorld(CALLED);
    const { id } = await world.contact({ familyName: 'King', emails, doNotCall: true });
    const row = world.service.add({ familyName: 'King', emails, note: 'countess' });
    await world.begin();
    expect((await only(world)).fields.notes).toBeUndefined();
    world.service.edit(row, { note: 'reads' });
    await world.run();
    expect((await only(world)).fields.notes).toBeUndefined();
    await world.change(id, { doNotCall: null });
    world.service.edit(row, { givenName: 'Ada' });
    await world.run();
    expect((await only(world)).fields.notes).toBe('reads');
  });

  test('of the record: what a creation there left out is told when it comes to hold', async () => {
    const world = await openWorld(CALLED);
    await world.begin();
    const { id } = await world.contact({ familyName: 'King', emails, notes: 'countess', doNotCall: true });
    await world.run();
    expect(world.service.living()).toMatchObject([{ fields: { familyName: 'King' } }]);
    expect(world.service.living()[0]!.fields.note).toBeUndefined();
    await world.change(id, { doNotCall: null });
    await world.run();
    expect(world.service.living()[0]!.fields.note).toBe('countess');
  });
});
