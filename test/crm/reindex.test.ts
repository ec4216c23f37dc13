/** After a change of region or of the key rules, every record bears the keys that a new one would. */
import { beforeAll, describe, expect, test } from 'vitest';
import { reindex } from '#crm/reindex.ts';
import { Upkeep } from '#crm/upkeep.ts';
import type { Values } from '#kit/fields.ts';
import { keyRules } from '#mappings/keys.ts';
import { unindexed } from '#store/workspaces.ts';
import { createPage, type TestCrm, testCrm } from './crm.ts';

let setting: TestCrm;
beforeAll(async () => {
  setting = await testCrm();
});

const BERLIN = '030 901820';
const person = (n: number): Values => ({
  givenName: `Given${n}`,
  familyName: 'Muster',
  emails: [{ value: `n${n}@example.com` }],
  phones: [{ value: n % 2 === 0 ? `030 ${901_000 + n}` : `(415) 555-${2_000 + n}` }],
});

/** A firm of so many people, made in a region. */
async function firm(most: number, region = 'US') {
  const workspace = await setting.database.workspace();
  const who = { workspace, by: 'person' };
  await setting.crm.changeRegion(who, region);
  await setting.crm.reindex(workspace);
  const people = Array.from({ length: most }, (_, n) => person(n));
  return { workspace, who, ids: await createPage(setting, workspace, 'contact', people) };
}

/** Which keys there are, and how many bear each: ids differ from firm to firm. */
async function keysOf(workspace: number): Promise<string[]> {
  const { rows } = await setting.database.owner.query<{ key: string; n: number }>(
    `select object || ' ' || kind || ' ' || token as key, count(distinct record)::int as n from (
       select split_part(key, E'\\t', 1) as object, split_part(key, E'\\t', 2) as kind, split_part(key, E'\\t', 3) as token, unnest(records) as record
       from keys where workspace = $1) k group by 1 order by 1`,
    [workspace],
  );
  return rows.map(({ key, n }) => `${key}: ${n}`);
}

const bearers = async (workspace: number, phone: string) =>
  (await setting.crm.bearers(workspace, 'contact', 'phone', phone)).map((record) => record.fields.givenName);

describe('a region is changed', () => {
  test('numbers of the new one are found, those only the old one could read no longer', async () => {
    const { crm } = setting;
    const { workspace, who } = await firm(3);
    expect([await bearers(workspace, '+4930901002'), await bearers(workspace, '+14155552001')]).toEqual([[], ['Given1']]);
    expect(await crm.changeRegion(who, 'DE')).toMatchObject({ region: 'DE', reindexing: true });
    await crm.add(who, 'contact', { givenName: 'New', phones: [{ value: BERLIN }] });
    // What was an American number is read as a German one now, and digits of no known country are a number; the new contact has its
    // key already.
    expect(await crm.reindex(workspace)).toEqual({ dropped: 3, added: 3 });
    expect(await crm.workspace(workspace)).toMatchObject({ region: 'DE', reindexing: false });
    expect([await bearers(workspace, '030 901002'), await bearers(workspace, '+14155552001')]).toEqual([['Given2'], []]);
    expect(await bearers(workspace, BERLIN)).toEqual(['New']);
    expect((await crm.search(workspace, '+4930901002', { after: null, limit: 5 })).items).toHaveLength(1);
    expect(await crm.reindex(workspace)).toEqual({ dropped: 0, added: 0 });
  });

  test('cut off anywhere it goes on where it was, people editing meanwhile; the end is as if all had been made there', async () => {
    const { crm, database } = setting;
    const { workspace, who, ids } = await firm(1_200);
    await crm.changeRegion(who, 'DE');
    const places = new Set<string>();
    for (let cuts = 0; (await crm.workspace(workspace)).reindexing; cuts += 1) {
      const stop = new AbortController();
      const cut = reindex(async (work) => {
        stop.abort();
        return database.store.workspace(workspace, work);
      }, stop.signal);
      await expect(cut).rejects.toThrow(/abort/);
      const { rows } = await database.owner.query<{ place: string }>(
        'select reindex::text as place from workspaces where workspace = $1',
        [workspace],
      );
      places.add(rows[0]!.place);
      expect(places.size).toBe(cuts + 1);
      const id = ids[cuts * 7]!;
      const { version } = await crm.get(workspace, id);
      await crm.change(who, id, version, 'patch', { phones: [{ value: BERLIN }], nickname: 'Edited' });
    }
    expect(places.size).toBeGreaterThan(5);
    const edited = Array.from({ length: places.size }, (_, cut) => cut * 7);
    const other = await firm(1_200, 'DE');
    for (const n of edited)
      await crm.change(other.who, other.ids[n]!, 1, 'patch', { phones: [{ value: BERLIN }], nickname: 'Edited' });
    expect(await keysOf(workspace)).toEqual(await keysOf(other.workspace));
  });

  test('to none there is: refused, with what is allowed', async () => {
    const { workspace, who } = await firm(0);
    await expect(setting.crm.changeRegion(who, 'XX')).rejects.toMatchObject({ kind: 'invalid', problems: [{ path: 'region' }] });
    expect((await setting.crm.workspace(workspace)).region).toBe('US');
  });
});

test('other key rules: whatever the older ones gave, the keys are those of now', async () => {
  const { crm, database } = setting;
  const { workspace, ids } = await firm(300);
  const before = await keysOf(workspace);
  await database.owner.query(`delete from keys where workspace = $1 and key like E'contact\\temail\\t%'`, [workspace]);
  // More rows of one key than a batch has, and a record that is no more.
  await database.owner.query(
    `insert into keys (workspace, key, records)
     select $1, E'contact\\tword\\tolder\\t' || left(replace(id::text, '-', ''), 10), array[id]
     from unnest($2::uuid[]) b (id), generate_series(1, 250)`,
    [workspace, [ids[0], crypto.randomUUID()]],
  );
  await database.owner.query(`update workspaces set indexed = 'US 0' where workspace = $1`, [workspace]);
  expect(await keysOf(workspace)).not.toEqual(before);
  await crm.reindex(workspace);
  expect(await keysOf(workspace)).toEqual(before);
});

describe('upkeep', () => {
  const log = { info: () => undefined, error: (about: object) => expect(about).toBeUndefined() };
  const open = (workspaces: readonly number[]) =>
    new Upkeep({
      crm: setting.crm,
      workspaces: async () => [...workspaces],
      marked: async () => [],
      unindexed: () => setting.database.store.installation((tx) => unindexed(tx, keyRules)),
      every: 20,
      log,
    });

  test('goes on with what a hub that was killed left undone, and with what is begun', async () => {
    const [left, begun] = [await firm(10), await firm(10)];
    await setting.crm.changeRegion(left.who, 'DE');
    const upkeep = open([left.workspace]);
    upkeep.start();
    await upkeep.idle();
    expect(await setting.crm.workspace(left.workspace)).toMatchObject({ reindexing: false });
    await setting.crm.changeRegion(begun.who, 'DE');
    for (let n = 0; n < 2; n += 1) upkeep.begin(begun.workspace);
    await upkeep.idle();
    await upkeep.stop();
    expect(await bearers(begun.workspace, '030 901002')).toEqual(['Given2']);
  });

  test('goes on with what another process left undone while this one runs', async () => {
    const upkeep = open([]);
    upkeep.start();
    await upkeep.idle();
    const left = await firm(10);
    await setting.crm.changeRegion(left.who, 'DE');
    await expect.poll(() => setting.crm.workspace(left.workspace)).toMatchObject({ reindexing: false });
    await upkeep.stop();
    expect(await bearers(left.workspace, '030 901002')).toEqual(['Given2']);
  });

  test('stops after the batch under way', async () => {
    const { workspace, who } = await firm(10);
    await setting.crm.changeRegion(who, 'DE');
    const upkeep = open([workspace]);
    upkeep.start();
    await upkeep.stop();
    expect(await setting.crm.workspace(workspace)).toMatchObject({ region: 'DE' });
    upkeep.begin(workspace);
    await upkeep.idle();
  });
});
