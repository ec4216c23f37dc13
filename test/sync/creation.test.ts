/** What a plan says of its creations is what they become. */
import { expect, test } from 'vitest';
import type { Mapping } from '#mappings/format.ts';
import { MAPPING, openWorld } from './world.ts';

const WITH_COMPANY: Mapping = {
  ...MAPPING,
  fields: [
    ...MAPPING.fields.filter((rule) => rule.crm !== 'notes'),
    { crm: 'company', theirs: 'note', via: { find: { object: 'company', by: 'name', create: true } }, way: 'in' },
  ],
};

test('a creation is shown as it will be made: fields, name, and the company that is made with it', async () => {
  const { service, engine, workspace, sync, crm } = await openWorld(WITH_COMPANY);
  service.pageSize = 2;
  for (const [name, company] of [
    ['Ada', 'Engines'],
    ['Bob', 'Engines'],
    ['Cy', 'Looms'],
    ['Dee', 'Engines'],
    ['Eve', 'Looms'],
  ])
    service.add({ givenName: name!, emails: [{ value: `${name}@example.com` }], note: company! });
  const begun = await engine.preview(workspace, sync, 'test');
  expect(await begun.done).toBeNull();
  const planned = await engine.look.items(workspace, begun.plan, { after: -1, limit: 100 });
  const related = planned.filter((item) => item.decision === 'create related');
  expect(related.map((item) => item.item.fields)).toEqual([{ name: 'Engines' }, { name: 'Looms' }]);
  const creations = planned.filter((item) => item.decision === 'create');
  expect(creations).toHaveLength(5);
  await engine.execute(workspace, begun.plan, 'test');
  await engine.drain(workspace, sync, 'test');
  for (const { record, item } of creations) {
    const made = await crm.get(workspace, record!);
    expect({ name: item.name, fields: item.fields }).toEqual({ name: made.name, fields: made.fields });
    expect(related.map((company) => company.record)).toContain(made.fields.company);
  }
});

test('a plan that an edit of the mapping has ended tells no fields any more', async () => {
  const { service, engine, workspace, sync } = await openWorld();
  service.add({ givenName: 'Ada', familyName: 'King' });
  const { plan, done } = await engine.preview(workspace, sync, 'test');
  await done;
  const only = async () => (await engine.look.items(workspace, plan, { after: -1, limit: 1 }))[0]!.item;
  expect(await only()).toMatchObject({ name: 'Ada King', fields: { givenName: 'Ada', familyName: 'King' } });
  const [mapping] = await engine.look.mappings(workspace);
  const { body } = await engine.look.version(workspace, mapping!.id, 1);
  await engine.saveMapping(workspace, mapping!.id, 1, body, 'test', 'the same again');
  expect(await only()).not.toHaveProperty('fields');
});
