/** Creations whose answer never came: found again by their mark, sent again only when they are surely missing, else a person's. */
import { expect, test } from 'vitest';
import { TryLater } from '#kit/errors.ts';
import { MAPPING, openWorld, type World } from './world.ts';

const ada = { givenName: 'Ada', familyName: 'L' };

const names = (world: World) => world.service.living().map((row) => row.fields.givenName);

/** Once begun it lists everything each time, as a service without cursors does. */
async function withoutCursors(): Promise<World> {
  let begun = false;
  const world: World = await openWorld(MAPPING, {
    async *pull(ctx, since) {
      for await (const page of world.service.stream.pull!(ctx, since))
        yield begun && 'last' in page && page.last ? { ...page, next: null } : page;
    },
  });
  await world.begin();
  begun = true;
  return world;
}

test('one that is missing is sent again, though every pass takes several slices', async () => {
  const world = await withoutCursors();
  await world.run();
  world.service.dropPushes = 1;
  await world.contact(ada);
  const { list = 0 } = world.service.calls;
  world.service.refuseLists = Array.from({ length: 20 }, (_, n) => list + 1 + 2 * n);
  for (let n = 0; n < 6; n += 1) await world.run().catch((error) => expect(error).toBeInstanceOf(TryLater));
  expect(names(world)).toEqual(['Ada']);
  expect(world.service.calls.push).toBe(2);
});

test('one that is missing is sent again though everybody is edited all the time and no pass of changes is short', async () => {
  let edited = false;
  const world: World = await openWorld(MAPPING, {
    pull(ctx, since) {
      const begins = (since as { until?: number } | null)?.until === undefined;
      if (edited && begins) for (const { id } of world.service.living()) world.service.edit(id, { note: `${world.now()}` });
      return world.service.stream.pull!(ctx, since);
    },
  });
  for (const givenName of ['a', 'b', 'c']) world.service.add({ givenName });
  await world.begin();
  world.service.pageSize = 1;
  world.service.dropPushes = 1;
  await world.contact(ada);
  edited = true;
  /** Each slice reads a page and meets a used-up quota. */
  const slices = async (most: number) => {
    const { list = 0 } = world.service.calls;
    world.service.refuseLists = Array.from({ length: most }, (_, n) => list + 2 + 2 * n);
    for (let n = 0; n < most; n += 1) await world.run().catch((error) => expect(error).toBeInstanceOf(TryLater));
  };
  await slices(12);
  expect(names(world)).toEqual(['a', 'b', 'c']);
  world.turn(3_600_000);
  await slices(24);
  expect(names(world)).toEqual(['a', 'b', 'c', 'Ada']);
  expect(world.service.calls.push).toBe(2);
});

test('one that is edited over there during a pass, and so shown by the next, is not sent again', async () => {
  const world = await openWorld();
  const others = ['a', 'b', 'c'].map((name) => world.service.add({ givenName: name }));
  await world.begin();
  for (const id of others) world.service.edit(id, { note: 'edited' });
  world.service.pageSize = 1;
  world.service.loseAnswers = 1;
  await world.contact(ada);
  world.service.refuseLists = [world.service.calls.list! + 2];
  await expect(world.run()).rejects.toThrow('quota');
  world.service.edit('p4', { note: 'edited' });
  await world.run();
  expect(names(world)).toEqual(['a', 'b', 'c', 'Ada']);
});

test('how long until a look is reliable counts from when its answer was given up, not from when it was sent', async () => {
  const world = await openWorld(MAPPING, { creates: { by: 'mark', after: 30_000 } });
  await world.begin();
  world.service.loseAnswers = 1;
  world.service.hide();
  world.service.meanwhile = async () => world.turn(60_000);
  await world.contact(ada);
  await world.run();
  expect(names(world)).toEqual(['Ada']);
  world.service.show();
  world.turn(30_000);
  await world.run();
  await world.run();
  expect(names(world)).toEqual(['Ada']);
  expect(await world.contacts()).toHaveLength(1);
});

test('one that shows up after it was sent again is held as a duplicate, whatever it bears beside its mark', async () => {
  const world = await openWorld();
  await world.begin();
  world.service.loseAnswers = 1;
  world.service.hide();
  await world.contact(ada);
  await world.run();
  expect(names(world)).toEqual(['Ada', 'Ada']);
  world.service.show();
  await world.run();
  expect(await world.contacts()).toHaveLength(1);
  expect((await world.held()).map((h) => [h.kind, h.row])).toEqual([['duplicate', 'p1']]);
});

test('one whose record has met another row meanwhile is held as a duplicate', async () => {
  const world = await openWorld();
  await world.begin();
  const emails = [{ value: 'ada@example.com' }];
  world.service.pageSize = 1;
  world.service.loseAnswers = 1;
  world.service.add({ ...ada, emails });
  const record = await world.contact({ ...ada, emails });
  await world.run();
  await world.run();
  expect(await world.contacts()).toMatchObject([{ id: record.id }]);
  expect((await world.held()).map((h) => h.kind)).toEqual(['duplicate']);
});

test('a row that bears the mark of a record without a row is that record', async () => {
  const world = await openWorld({ ...MAPPING, create: 'crm' });
  await world.begin();
  const record = await world.contact(ada);
  world.service.add({ ...ada, note: 'there' }, record.id);
  world.service.add({ givenName: 'Stranger' }, 'no id of ours');
  await world.run();
  expect((await world.contacts()).map((c) => c.fields.givenName)).toEqual(['Ada', 'Stranger']);
  expect((await world.crm.get(world.workspace, record.id)).fields.notes).toBe('there');
});

test('one that was sent five times and never seen waits for a person, whose word sends it again', async () => {
  const world = await openWorld();
  await world.begin();
  world.service.dropPushes = 5;
  const record = await world.contact(ada);
  for (let n = 0; n < 3; n += 1) await world.run();
  expect(world.service.calls.push).toBe(5);
  const [question] = await world.held();
  expect(question).toMatchObject({ kind: 'unsure', record: record.id });
  await world.engine.answer(world.workspace, question!.id, { is: 'go on' }, 'person');
  await world.run();
  expect(names(world)).toEqual(['Ada']);
  expect(await world.held()).toEqual([]);
});

test('one that waits for a person and shows up after all is recognised, and its question dissolves', async () => {
  const world = await openWorld();
  await world.begin();
  world.service.dropPushes = 5;
  const record = await world.contact(ada);
  await world.run();
  expect((await world.held()).map((h) => h.kind)).toEqual(['unsure']);
  world.service.add(ada, record.id);
  await world.run();
  expect(await world.contacts()).toHaveLength(1);
  expect(await world.held()).toEqual([]);
});

test('under a service’s own key it is repeated as it was, whatever the record says by then', async () => {
  const world = await openWorld(MAPPING, { creates: { by: 'key', lifetime: 60_000 } });
  world.service.recognises = 'key';
  await world.begin();
  world.service.loseAnswers = 2;
  const record = await world.contact(ada);
  world.service.meanwhile = async () => void (await world.change(record.id, { givenName: 'Ada Augusta' }));
  for (let n = 0; n < 3; n += 1) await world.run();
  expect(names(world)).toEqual(['Ada Augusta']);
  expect(await world.contacts()).toHaveLength(1);
  expect(await world.held()).toEqual([]);
});

test('when its key has lapsed, it waits for a person', async () => {
  const world = await openWorld(MAPPING, { creates: { by: 'key', lifetime: 60_000 } });
  world.service.recognises = 'key';
  await world.begin();
  world.service.dropPushes = 1;
  world.service.meanwhile = async () => world.turn(60_001);
  await world.contact(ada);
  await world.run();
  await world.run();
  expect(names(world)).toEqual([]);
  expect((await world.held()).map((h) => h.kind)).toEqual(['unsure']);
});
