/** What people do to one record. */
import { describe, expect, test } from 'vitest';
import type { Json, Values } from '#kit/fields.ts';
import { objectNames } from '#mappings/objects.ts';
import { uuidv7 } from '#store/ids.ts';
import { addSync, faultOf, marksIn, refsIn, testCrm } from './crm.ts';

const { crm, database, clock } = await testCrm();
const workspace = await database.workspace();
const me = { workspace, by: 'me' };

test('a record of every object can be made, named and read again', async () => {
  const needed: { [object: string]: Values } = {
    company: { name: 'Engines' },
    opportunity: { name: 'Loom' },
    task: { title: 'Weave' },
    item: { name: 'Card' },
    file: { name: 'a.txt' },
    paymentTerm: { name: 'Net 30' },
    taxCode: { name: 'VAT' },
    user: { name: 'Charles' },
  };
  expect(objectNames).toHaveLength(18);
  for (const object of objectNames) {
    const record = await crm.add(me, object, needed[object] ?? {});
    expect(await crm.get(workspace, record.id)).toEqual(record);
    expect((await crm.list(workspace, object, { after: null, limit: 10 })).items).toContainEqual(record);
  }
});

test('a patch changes what it names, null blanks, and a replacement blanks the rest', async () => {
  const made = await crm.add(me, 'contact', { givenName: 'Ada', nickname: 'A', notes: 'x' });
  clock.now += 60_000;
  const patched = await crm.change(me, made.id, 1, 'patch', { familyName: 'Lovelace', notes: null });
  expect([patched.version, patched.name, patched.fields]).toEqual([
    2,
    'Ada Lovelace',
    { givenName: 'Ada', nickname: 'A', familyName: 'Lovelace' },
  ]);
  expect(patched.times).toEqual({ familyName: patched.updated, notes: patched.updated });
  const replaced = await crm.change(me, made.id, 2, 'replace', { givenName: 'Augusta' });
  expect([replaced.version, replaced.fields]).toEqual([3, { givenName: 'Augusta' }]);
});

test('what changes nothing is no version, no entry and no mark', async () => {
  const own = await database.workspace();
  await addSync(database, own, 'a.contacts', 'contact');
  const made = await crm.add({ workspace: own, by: 'me' }, 'contact', { givenName: 'Ada', emails: [{ value: 'a@b.example' }] });
  await database.owner.query('delete from intents where workspace = $1', [own]);
  expect(await crm.change({ workspace: own, by: 'me' }, made.id, 1, 'replace', made.fields)).toEqual(made);
  expect(await marksIn(database, own)).toEqual([]);
  expect((await crm.timeline(own, made.id, { after: null, limit: 10 })).items).toHaveLength(1);
});

test('of two who change the same version one is told the current one', async () => {
  const made = await crm.add(me, 'contact', { givenName: 'Ada' });
  const both = await Promise.allSettled(['x', 'y'].map((notes) => crm.change(me, made.id, 1, 'patch', { notes })));
  expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
  const fault = await faultOf(crm.change(me, made.id, 1, 'patch', { notes: 'z' }));
  expect(fault).toMatchObject({ kind: 'precondition', message: expect.stringContaining('at version 2') });
  expect(await faultOf(crm.eraseOne(me, made.id, 1))).toMatchObject({ kind: 'precondition' });
});

describe('every wrong value is told at once', () => {
  const bad: [string, Values, string[]][] = [
    ['a day that is none', { birthday: '2001-02-30' }, ['birthday']],
    ['a NUL character', { notes: 'a\0b' }, ['notes']],
    ['half a surrogate pair', { nickname: 'a\ud800' }, ['nickname']],
    ['an oversize text', { language: 'a'.repeat(36) }, ['language']],
    ['a list too long', { phones: Array.from({ length: 5_001 }, () => ({ value: '1' })) }, ['phones']],
    ['wrong types', { emails: 'x', doNotCall: 'yes', notes: 1 }, ['doNotCall', 'emails', 'notes']],
    ['a field that is not there', { nope: 1, constructor: 'x' }, ['constructor', 'nope']],
    ['an item without its value', { emails: [{ type: 'work' }] }, ['emails/0/value']],
    ['no id at all', { company: 'Engines' }, ['company']],
    ['several', { notes: '\0', birthday: '1', company: uuidv7() }, ['birthday', 'company', 'notes']],
  ];
  test.each(bad)('%s', async (_, values, paths) => {
    expect(await faultOf(crm.add(me, 'contact', values))).toMatchObject({ kind: 'invalid', paths });
    const made = await crm.add(me, 'contact', { givenName: 'Ada' });
    expect(await faultOf(crm.change(me, made.id, 1, 'patch', values))).toMatchObject({ kind: 'invalid', paths });
    expect((await crm.get(workspace, made.id)).version).toBe(1);
  });

  test('a required field stays', async () => {
    expect(await faultOf(crm.add(me, 'company', {}))).toMatchObject({ kind: 'invalid', paths: ['name'] });
    const made = await crm.add(me, 'company', { name: 'Engines' });
    expect(await faultOf(crm.change(me, made.id, 1, 'patch', { name: '' }))).toMatchObject({ kind: 'invalid', paths: ['name'] });
  });

  test('an object or record that is not there', async () => {
    expect(await faultOf(crm.add(me, 'spaceship', {}))).toMatchObject({ kind: 'invalid', paths: ['object'] });
    for (const id of ['x', '', uuidv7()]) expect(await faultOf(crm.get(workspace, id))).toMatchObject({ kind: 'missing' });
  });
});

describe('references', () => {
  test('lead to a record of the right object in the same workspace', async () => {
    const [company, contact] = [await crm.add(me, 'company', { name: 'Engines' }), await crm.add(me, 'contact', {})];
    const far = await database.workspace();
    const foreign = await crm.add({ workspace: far, by: 'me' }, 'company', { name: 'Far' });
    for (const id of [contact.id, foreign.id, uuidv7()]) {
      expect(await faultOf(crm.add(me, 'contact', { company: id }))).toMatchObject({ kind: 'invalid', paths: ['company'] });
    }
    expect((await crm.add(me, 'contact', { company: company.id.toUpperCase() })).fields.company).toBe(company.id);
    const attendees = [{ address: 'a@b.example', contact: company.id }];
    expect(await faultOf(crm.add(me, 'event', { attendees }))).toMatchObject({ paths: ['attendees/0/contact'] });
  });

  test('become blank when what they lead to is erased', async () => {
    const own = await database.workspace();
    const who = { workspace: own, by: 'me' };
    const company = await crm.add(who, 'company', { name: 'Engines' });
    const guest = await crm.add(who, 'contact', { givenName: 'Ada', company: company.id });
    const attendees: Json = [{ address: 'ada@b.example', contact: guest.id }, { address: 'x@b.example' }];
    const event = await crm.add(who, 'event', { title: 'Tea', attendees, company: company.id });
    await crm.eraseOne(who, guest.id, 1);
    expect((await crm.get(own, event.id)).fields.attendees).toEqual([{ address: 'ada@b.example' }, { address: 'x@b.example' }]);
    await crm.eraseOne(who, company.id, 1);
    expect((await crm.get(own, event.id)).fields).toEqual({
      title: 'Tea',
      attendees: [{ address: 'ada@b.example' }, { address: 'x@b.example' }],
    });
    expect(await refsIn(database, own)).toEqual([]);
    expect(await faultOf(crm.get(own, company.id))).toMatchObject({ kind: 'missing' });
  });
});

test('an archived record is left out of the list, not edited, and comes back', async () => {
  const own = await database.workspace();
  const who = { workspace: own, by: 'me' };
  const made = await crm.add(who, 'contact', { givenName: 'Ada' });
  const archived = await crm.archiveOne(who, made.id, 1);
  expect([archived.version, archived.archived]).toEqual([2, new Date(clock.now).toISOString()]);
  expect((await crm.archiveOne(who, made.id, null)).version).toBe(2);
  const listed = async (of: boolean) => (await crm.list(own, 'contact', { after: null, limit: 5, archived: of })).items.length;
  expect([await listed(false), await listed(true)]).toEqual([0, 1]);
  expect(await faultOf(crm.change(who, made.id, 2, 'patch', { notes: 'x' }))).toMatchObject({ kind: 'conflict' });
  expect(await crm.restoreOne(who, made.id, 2)).toMatchObject({ version: 3, archived: null });
  expect([await listed(false), await listed(true)]).toEqual([1, 0]);
});

test('a page of large records is cut where it would fill the memory, and the next one goes on there', async () => {
  const own = await database.workspace();
  const ids = [];
  for (let n = 0; n < 16; n += 1)
    ids.push((await crm.add({ workspace: own, by: 'me' }, 'contact', { notes: `${n} `.repeat(330_000) })).id);
  const seen: string[] = [];
  let pages = 0;
  for (let after: string | null = null; pages === 0 || after !== null; pages += 1) {
    const page = await crm.list(own, 'contact', { after, limit: 200 });
    expect(JSON.stringify(page.items).length).toBeLessThan(10_000_000);
    seen.push(...page.items.map((record) => record.id));
    after = page.next;
  }
  expect([seen, pages]).toEqual([ids, 2]);
});

test('lists go on where the page before ended', async () => {
  const own = await database.workspace();
  const ids: string[] = [];
  for (let n = 0; n < 7; n++) ids.push((await crm.add({ workspace: own, by: 'me' }, 'note', { text: `note ${n}` })).id);
  const seen: string[] = [];
  for (let after: string | null = null; ; ) {
    const page = await crm.list(own, 'note', { after, limit: 3 });
    seen.push(...page.items.map((record) => record.id));
    if (page.next === null) break;
    after = page.next;
  }
  expect(seen).toEqual(ids);
  expect(await faultOf(crm.list(own, 'note', { after: 'nonsense', limit: 3 }))).toMatchObject({
    kind: 'invalid',
    paths: ['after'],
  });
});
