/** Occurrences of a series go with it, and come back with it. */
import { expect, test } from 'vitest';
import { testCrm } from './crm.ts';

test('occurrences that were changed go with their series; one that went before does not come back with it', async () => {
  const { crm, database, clock } = await testCrm();
  const workspace = await database.workspace();
  const who = { workspace, by: 'me' };
  const series = await crm.add(who, 'event', { title: 'Stand-up', recurrence: 'RRULE:FREQ=DAILY', uid: 'a@x' });
  const [moved, dropped] = await Promise.all(
    ['20260302T080000Z', '20260303T080000Z'].map((at) =>
      crm.add(who, 'event', { series: series.id, uid: `a@x/${at}`, title: at }),
    ),
  );
  const archived = async () =>
    (await Promise.all([series, moved!, dropped!].map(({ id }) => crm.get(workspace, id)))).map((one) => one.archived !== null);
  await crm.archiveOne(who, dropped!.id, null);
  clock.now += 1_000;
  await crm.archiveOne(who, series.id, null);
  expect(await archived()).toEqual([true, true, true]);
  await crm.restoreOne(who, series.id, null);
  expect(await archived()).toEqual([false, false, true]);
  expect(
    (await crm.timeline(workspace, moved!.id, { after: null, limit: 9 })).items.map((one) => one.is === 'change' && one.action),
  ).toEqual([...['restore', 'archive', 'create']]);
  expect(
    (await crm.timeline(workspace, series.id, { after: null, limit: 9 })).items.filter((one) => one.is === 'happening'),
  ).toHaveLength(2);
});
