/** Two records that are one. */
import { describe, expect, test } from 'vitest';
import { uuidv7 } from '#store/ids.ts';
import type { LinkState } from '#store/links.ts';
import { addLink, addSync, faultOf, marksIn, testCrm } from './crm.ts';

const { crm, database } = await testCrm();

async function pair() {
  const workspace = await database.workspace();
  const who = { workspace, by: 'me' };
  const survivor = await crm.add(who, 'contact', {
    givenName: 'Ada',
    jobTitle: 'Countess',
    emails: [{ value: 'ada@a.example', primary: true }],
  });
  const loser = await crm.add(who, 'contact', {
    givenName: 'Augusta',
    familyName: 'King',
    notes: 'x',
    emails: [{ value: 'ADA@a.example' }, { value: 'ada@b.example', primary: true }],
  });
  return { workspace, who, survivor, loser };
}

test('the survivor keeps its values, fills its blanks and unites lists; one address stays primary', async () => {
  const { who, survivor, loser } = await pair();
  const merged = await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {} });
  expect(merged.fields).toMatchObject({ givenName: 'Ada', familyName: 'King', jobTitle: 'Countess', notes: 'x' });
  const emails = merged.fields.emails as { value: string; primary?: boolean }[];
  expect(emails.map((email) => email.value.toLowerCase()).sort()).toEqual(['ada@a.example', 'ada@b.example']);
  expect(emails.filter((email) => email.primary).map((email) => email.value)).toEqual(['ada@a.example']);
});

test('a person may choose otherwise, field by field', async () => {
  const { who, survivor, loser } = await pair();
  const choices = { givenName: 'loser', notes: 'survivor', emails: 'survivor' } as const;
  const merged = await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices });
  expect(merged.fields).toEqual({
    givenName: 'Augusta',
    familyName: 'King',
    jobTitle: 'Countess',
    emails: [{ value: 'ada@a.example', primary: true }],
  });
});

test('the loser is archived, says into what, and is not edited; its history is told with the survivor’s', async () => {
  const { workspace, who, survivor, loser } = await pair();
  await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {} });
  const gone = await crm.get(workspace, loser.id);
  expect([gone.mergedInto, gone.archived]).toEqual([survivor.id, gone.updated]);
  expect(await faultOf(crm.change(who, loser.id, gone.version, 'patch', { notes: 'y' }))).toMatchObject({ kind: 'conflict' });
  const told = (await crm.timeline(workspace, survivor.id, { after: null, limit: 20 })).items.map((entry) =>
    entry.is === 'change' ? `${entry.action} ${entry.record === survivor.id ? 'survivor' : 'loser'}` : entry.object,
  );
  expect(told).toEqual(['merge loser', 'merge survivor', 'update survivor', 'create loser', 'create survivor']);
  expect((await crm.bearers(workspace, 'contact', 'email', 'ada@b.example')).map((record) => record.id)).toEqual([survivor.id]);
});

test('whoever referred to the loser refers to the survivor; none refers to itself', async () => {
  const workspace = await database.workspace();
  const who = { workspace, by: 'me' };
  const loser = await crm.add(who, 'company', { name: 'Engines Ltd' });
  const survivor = await crm.add(who, 'company', { name: 'Engines', parent: loser.id });
  const contact = await crm.add(who, 'contact', { company: loser.id });
  const call = await crm.add(who, 'call', { company: loser.id, started: '2026-01-01T10:00:00.000Z' });
  const merged = await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {} });
  expect(merged.fields).toEqual({ name: 'Engines' });
  for (const { id } of [contact, call]) expect((await crm.get(workspace, id)).fields.company).toBe(survivor.id);
  const around = (await crm.timeline(workspace, survivor.id, { after: null, limit: 20 })).items.flatMap((entry) =>
    entry.is === 'happening' ? [[entry.object, entry.at]] : [],
  );
  expect(around).toContainEqual(['call', '2026-01-01T10:00:00.000Z']);
  expect(around).toHaveLength(2);
});

describe('links', () => {
  const linksOf = async (workspace: number) =>
    (
      await database.owner.query<{ sync: number; row: string; record: string; leads: boolean; state: LinkState }>(
        'select sync, row, record, leads, state from links where workspace = $1 order by sync, row',
        [workspace],
      )
    ).rows;

  test('become the survivor’s; of two in a sync one leads: one that lives, the survivor’s first', async () => {
    const { workspace, who, survivor, loser } = await pair();
    const [both, one, dormant] = [
      await addSync(database, workspace, 'a.contacts', 'contact'),
      await addSync(database, workspace, 'b.contacts', 'contact'),
      await addSync(database, workspace, 'c.contacts', 'contact'),
    ];
    await addLink(database, workspace, both, 'a1', survivor.id);
    await addLink(database, workspace, both, 'a2', loser.id);
    await addLink(database, workspace, one, 'b2', loser.id);
    await addLink(database, workspace, dormant, 'c1', survivor.id, { state: 'dormant' });
    await addLink(database, workspace, dormant, 'c2', loser.id);
    await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {} });
    expect((await linksOf(workspace)).map(({ row, record, leads }) => [row, record === survivor.id, leads])).toEqual([
      ['a1', true, true],
      ['a2', true, false],
      ['b2', true, true],
      ['c1', true, false],
      ['c2', true, true],
    ]);
  });

  test('owe their services the survivor, and nothing of the loser', async () => {
    const { workspace, who, survivor, loser } = await pair();
    const sync = await addSync(database, workspace, 'a.contacts', 'contact');
    await crm.change(who, loser.id, 1, 'patch', { notes: 'y' });
    await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {} });
    expect(await marksIn(database, workspace)).toEqual([`${sync} ${survivor.id}`]);
  });

  test('open questions follow their rows; those about the loser itself are closed', async () => {
    const { workspace, who, survivor, loser } = await pair();
    await database.owner.query(
      `insert into held (workspace, sync, subject, kind, row, record, question) values
       ($1, 1, 'a2', 'conflict', 'a2', $2, '{}'), ($1, 1, $2::text, 'create', null, $2, '{}')`,
      [workspace, loser.id],
    );
    await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {} });
    const { rows } = await database.owner.query(
      'select kind, record, closed is null as open from held where workspace = $1 order by id',
      [workspace],
    );
    expect(rows).toEqual([
      { kind: 'conflict', record: survivor.id, open: true },
      { kind: 'create', record: loser.id, open: false },
    ]);
  });
});

test('merges into merges lead to the last survivor', async () => {
  const { workspace, who, survivor, loser } = await pair();
  const last = await crm.add(who, 'contact', { givenName: 'Ada' });
  await crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {} });
  await crm.merge(who, { survivor: last.id, expected: 1, loser: survivor.id, choices: {} });
  for (const { id } of [survivor, loser]) expect((await crm.get(workspace, id)).mergedInto).toBe(last.id);
  const back = await crm.restoreOne(who, loser.id, null);
  expect([back.archived, back.mergedInto]).toEqual([null, null]);
});

test('what cannot be merged is refused, and changes nothing', async () => {
  const { workspace, who, survivor, loser } = await pair();
  const company = await crm.add(who, 'company', { name: 'Engines' });
  const merge = (more: object) =>
    faultOf(crm.merge(who, { survivor: survivor.id, expected: 1, loser: loser.id, choices: {}, ...more }));
  expect(await merge({ expected: 2 })).toMatchObject({ kind: 'precondition' });
  expect(await merge({ loserExpected: 2 })).toMatchObject({ kind: 'precondition' });
  expect(await merge({ loser: survivor.id })).toMatchObject({ kind: 'invalid', paths: ['loser'] });
  expect(await merge({ loser: company.id })).toMatchObject({ kind: 'invalid', paths: ['loser'] });
  expect(await merge({ loser: uuidv7() })).toMatchObject({ kind: 'missing' });
  expect(await merge({ choices: { nope: 'loser' } })).toMatchObject({ kind: 'invalid', paths: ['choices/nope'] });
  await crm.archiveOne(who, loser.id, null);
  expect(await merge({})).toMatchObject({ kind: 'conflict' });
  expect((await crm.get(workspace, survivor.id)).version).toBe(1);
});
