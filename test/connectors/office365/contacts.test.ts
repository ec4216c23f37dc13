/** Contacts of Office 365: folders, moves, marks, what a batch says of each of its requests, and names that stay a person's own. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contacts } from '#connectors/office365/contacts.ts';
import type { Row } from '#kit/stream.ts';
import { type Desk, draft, openDesk, passOf } from './desk.ts';

const DAY = 86_400_000;
let desk: Desk;
beforeEach(async () => {
  desk = await openDesk({ accounts: [{ email: 'ada@contoso.example', rows: 3 }] });
});
afterEach(() => desk.close());

const push = async (...drafts: ReturnType<typeof draft>[]) => contacts.push!(desk.ctx, drafts);
const rowOf = async (one: ReturnType<typeof draft>): Promise<Row> => {
  const [outcome] = await push(one);
  if (outcome?.is !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.row;
};

test('every folder is read, also one within another; one that is new comes to light within the hour', async () => {
  const { contacts: book } = desk.on.mailbox();
  const clients = book.addFolder('Clients');
  const inner = book.addFolder('Former', clients);
  const ids = [book.add({ givenName: 'In' }, clients), book.add({ givenName: 'Inner' }, inner)];
  const first = await passOf(contacts, desk.ctx);
  expect(first.rows.map(({ id }) => id)).toEqual(expect.arrayContaining(ids));
  expect(first.rows.length).toBe(5);
  const late = book.add({ givenName: 'Late' }, book.addFolder('New'));
  expect((await passOf(contacts, desk.ctx, first.next)).rows).toEqual([]);
  desk.turn(3_600_000);
  expect((await passOf(contacts, desk.ctx, first.next)).rows.map(({ id }) => id)).toEqual([late]);
});

test('a contact that moves is not gone, whichever folder is read first', async () => {
  const { contacts: book } = desk.on.mailbox();
  const folder = book.addFolder('Clients');
  const { rows, next } = await passOf(contacts, desk.ctx);
  const [there, back] = rows;
  book.move(there!.id, folder);
  const moved = await passOf(contacts, desk.ctx, next);
  expect(moved.gone).toEqual([]);
  expect(new Set(moved.rows.map(({ id }) => id))).toEqual(new Set([there!.id]));
  expect(moved.rows.at(-1)!.fields.folder).toBe(folder);
  book.move(there!.id, rows[1]!.fields.folder as string);
  book.delete(back!.id);
  const again = await passOf(contacts, desk.ctx, moved.next);
  expect(again.gone).toEqual([back!.id]);
  expect(new Set(again.rows.map(({ id }) => id))).toEqual(new Set([there!.id]));
});

test('a folder that is deleted loses the cursor, also in the middle of a pass: what was in it goes by absence', async () => {
  const { contacts: book } = desk.on.mailbox();
  const folder = book.addFolder('Clients');
  book.add({ givenName: 'In' }, folder);
  const { next } = await passOf(contacts, desk.ctx);
  const pages = contacts.pull!(desk.ctx, null);
  await pages.next();
  book.removeFolder(folder);
  expect((await pages.next()).value).toHaveProperty('lost');
  desk.turn(3_600_000);
  expect((await passOf(contacts, desk.ctx, next)).lost).toMatch(/folder/);
});

test('a batch says of each request what became of it; what was throttled is tried later, and nothing spoils the rest', async () => {
  const { rows } = await passOf(contacts, desk.ctx);
  desk.on.faults.add({ kind: 'rate', retryAfter: 2.5, operation: 'contacts.update' });
  desk.on.faults.add({ kind: 'status', status: 503, operation: 'contacts.update', nth: 2 });
  const outcomes = await push(...rows.map((row, i) => draft({ nickname: `N ${i}` }, row, `${i}`)));
  expect(outcomes.map(({ is }) => is)).toEqual(['later', 'unknown', 'done']);
  expect(outcomes[0]).toEqual({ is: 'later', afterMs: 2_500 });
  expect(desk.on.counters.calls['batch.PATCH']).toBe(1);
});

test('places that Outlook does not have are refused by the field', async () => {
  const phones = ['1', '2', '3', '4', '5'].map((n) => ({ value: `+44 20 7946 000${n}` }));
  const { phones: kept } = (await rowOf(draft({ givenName: 'Five', phones }))).fields;
  expect(new Set((kept as { value: string }[]).map(({ value }) => value))).toEqual(new Set(phones.map(({ value }) => value)));
  const addresses = ['work', 'work', 'home', 'other'].map((type) => ({ type, city: `${type}town` }));
  expect(await push(draft({ addresses }))).toMatchObject([{ is: 'refused', field: 'addresses' }]);
  expect(await push(draft({ emails: ['a', 'b', 'c', 'd'].map((name) => ({ value: `${name}@x.example` })) }))).toMatchObject([
    { is: 'refused', field: 'emails' },
  ]);
});

test('a name that was made of its parts follows them; one of a person’s own stays', async () => {
  const made = await rowOf(draft({ givenName: 'Zoë', familyName: 'Ó Briain' }));
  expect(made.fields.displayName).toBe('Zoë Ó Briain');
  const renamed = await rowOf(draft({ familyName: 'Byrne' }, made));
  expect(renamed.fields.displayName).toBe('Zoë Byrne');
  const { contacts: book } = desk.on.mailbox();
  book.edit(renamed.id, { displayName: 'Zo of the ferries', fileAs: 'Ferries' });
  const [own] = (await contacts.fetch!(desk.ctx, [renamed.id])).rows;
  const after = await rowOf(draft({ familyName: 'Ó Briain', jobTitle: 'Captain' }, own));
  expect(after.fields.displayName).toBe('Zo of the ferries');
  expect(book.get(renamed.id)!.fileAs).toBe('Ferries');
});

test('custom fields come back with a reading by id; where a round does not show them, the row says so', async () => {
  const made = await rowOf(draft({ givenName: 'Zoë', custom: [{ key: 'Boat', value: 'Naomh Éanna' }] }));
  desk.turn(3 * DAY);
  const [seen] = (await passOf(contacts, desk.ctx)).rows.filter(({ id }) => id === made.id);
  expect(seen).toMatchObject({ cut: ['custom'] });
  const [whole] = (await contacts.fetch!(desk.ctx, [made.id])).rows;
  expect(whole).toMatchObject({ fields: { custom: [{ key: 'Boat', value: 'Naomh Éanna' }] }, mark: 'mark of key' });
  expect(whole!.cut).toBeUndefined();
  // What nobody knew stays.
  const after = await rowOf(draft({ nickname: 'Zo' }, seen));
  expect((await contacts.fetch!(desk.ctx, [after.id])).rows[0]!.fields.custom).toEqual([{ key: 'Boat', value: 'Naomh Éanna' }]);
});

test('ids that are known outlive a move, since every request asks for such', async () => {
  const { rows } = await passOf(contacts, desk.ctx);
  desk.on.mailbox().contacts.move(rows[0]!.id, desk.on.mailbox().contacts.addFolder('Clients'));
  expect((await contacts.fetch!(desk.ctx, [rows[0]!.id])).rows[0]!.id).toBe(rows[0]!.id);
  expect(await contacts.remove!(desk.ctx, [rows[0]!.id, rows[0]!.id])).toEqual([{ is: 'done' }, { is: 'done' }]);
});
