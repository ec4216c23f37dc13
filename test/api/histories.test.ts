/** Histories, what waits, and payments over HTTP: begun, shown, executed, reconciled; a key may only what it may, a firm sees its own. */
import { beforeAll, expect, test } from 'vitest';
import type { Caller } from '#api/entry.ts';
import { historyRoutes } from '#api/histories.ts';
import { paymentRoutes } from '#api/payments.ts';
import { syncRoutes } from '#api/syncs.ts';
import { openHistories } from '#hub/ledger/history/history.ts';
import { openLedger } from '#hub/ledger/ledger.ts';
import { ROLES, type Role } from '#hub/permissions.ts';
import { generateLedger } from '#test/ledger/generate.ts';
import { seedBooks } from '#test/ledger/seed.ts';
import { type LedgerWorld, openLedgerWorld } from '#test/ledger/world.ts';
import { serve } from './harness.ts';

let world: LedgerWorld;
let url = '';
let goOn: (id: number) => Promise<unknown>;
let match: () => Promise<void>;

beforeAll(async () => {
  world = await openLedgerWorld();
  const { workspace, database, engine, crm, streamOf, now, books } = world;
  seedBooks(books, generateLedger({ rows: 20, seed: 3 }));
  books.of.invoices.add({
    number: 'INV-LATE',
    customer: 'p999',
    issued: '2025-01-01',
    currency: 'EUR',
    status: 'OPEN',
    total: { amount: '9', currency: 'EUR' },
  });
  const log = { info: () => undefined, error: () => undefined };
  const histories = openHistories({ store: database.store, engine, crm, streamOf, now, log });
  const ledger = openLedger({ store: database.store, engine, now, log });
  goOn = (id) => histories.drain(workspace, id, (sync) => engine.drain(workspace, sync, 'test'));
  match = () => ledger.drain();
  const stranger = await database.workspace('Another firm');
  const caller = (of: number, role: Role): Caller => ({ workspace: of, by: role, permissions: new Set(ROLES[role]) });
  const callers: { [key: string]: Caller } = {
    admin: caller(workspace, 'admin'),
    reader: caller(workspace, 'reader'),
    stranger: caller(stranger, 'admin'),
  };
  const served = await serve(
    [...historyRoutes(histories), ...paymentRoutes(ledger), ...syncRoutes(engine)],
    async (key) => callers[key],
  );
  url = served.url;
});

async function ask(method: string, path: string, body?: unknown, as = 'admin') {
  const headers = { authorization: `Bearer ${as}`, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const answer = await fetch(url + path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.includes('json');
  return { status: answer.status, type: answer.headers.get('content-type'), body: json ? JSON.parse(text) : text };
}

test('a history is begun, shown, executed and reconciled', async () => {
  const { connection } = world.books;
  expect((await ask('POST', '/api/histories', { connection }, 'reader')).status).toBe(403);
  expect((await ask('POST', '/api/histories', { connection, streams: ['bills'] })).status).toBe(422);
  expect((await ask('POST', '/api/histories', { connection: 2 ** 31 })).status, 'no such id can be').toBe(422);
  expect((await ask('GET', `/api/histories/${2 ** 31}`)).status).toBe(422);
  const begun = await ask('POST', '/api/histories', { connection });
  expect(begun).toMatchObject({ status: 202, body: { state: 'reading', found: null, since: null } });
  const { id } = begun.body;
  await goOn(id);
  const ready = await ask('GET', `/api/histories/${id}`, undefined, 'reader');
  expect(ready.body).toMatchObject({ state: 'ready', problem: null });
  expect(ready.body.found.map(({ stream }: { stream: string }) => stream)).toEqual(ready.body.streams);
  expect((await ask('POST', `/api/histories/${id}/execute`, {})).body).toMatchObject({ state: 'importing' });
  await goOn(id);
  expect((await ask('GET', '/api/histories')).body.items).toMatchObject([{ id, state: 'done' }]);
  const sheet = await ask('GET', `/api/histories/${id}/sheet`, undefined, 'reader');
  expect(sheet.body).toMatchObject({
    agrees: false,
    differences: [{ number: 'INV-LATE', what: 'not here', reason: 'awaited', there: '9 EUR' }],
  });
  const sums = await ask('GET', `/api/histories/${id}/sheet.csv`, undefined, 'reader');
  expect(sums).toMatchObject({ status: 200, type: expect.stringContaining('text/csv') });
  expect(sums.body.split('\r\n')[0]).toContain('total there');
  const differences = await ask('GET', `/api/histories/${id}/sheet.csv?part=differences`, undefined, 'reader');
  expect(differences.body.split('\r\n')[1]).toMatch(/^books\.invoices,p\d+,,INV-LATE,not here,9 EUR,,awaited$/);
  expect((await ask('GET', `/api/histories/${id}`, undefined, 'stranger')).status).toBe(404);
  expect((await ask('GET', `/api/histories/${id}/sheet`, undefined, 'stranger')).status).toBe(404);
});

test('what waits for others is listed with what it waits for', async () => {
  const sync = world.books.sync.invoices;
  const parked = await ask('GET', `/api/syncs/${sync}/parked`, undefined, 'reader');
  expect(parked.body.items).toMatchObject([{ waitsFor: [{ field: 'company', stream: 'books.customers', row: 'p999' }] }]);
  expect((await ask('GET', `/api/syncs/${sync}`, undefined, 'reader')).body.parkedRows).toBe(1);
  expect((await ask('GET', `/api/syncs/${sync}/parked`, undefined, 'stranger')).status).toBe(404);
});

test('a payment that matches nothing is shown, allocated by a person, or left', async () => {
  const { crm, who } = world;
  const money = { amount: '70', currency: 'EUR' };
  const bill = await crm.add(who, 'invoice', { kind: 'sale', number: 'X-1', total: { amount: '77', currency: 'EUR' } });
  const [one, two] = [
    await crm.add(who, 'payment', { amount: money, payerName: 'Somebody' }),
    await crm.add(who, 'payment', { amount: money }),
  ];
  await match();
  const shown = await ask('GET', '/api/payments/unmatched', undefined, 'reader');
  expect(shown.body.items).toMatchObject([
    { payment: one.id, left: false },
    { payment: two.id, left: false },
  ]);
  const allocations = [{ invoice: bill.id, amount: money }];
  expect((await ask('POST', `/api/payments/${one.id}/allocate`, { allocations }, 'reader')).status).toBe(403);
  expect((await ask('POST', `/api/payments/${one.id}/allocate`, { allocations })).body.fields).toMatchObject({
    unapplied: { amount: '0' },
  });
  expect((await ask('POST', `/api/payments/${one.id}/allocate`, { allocations: [...allocations, ...allocations] })).status).toBe(
    422,
  );
  expect((await ask('POST', `/api/payments/${two.id}/leave`, {})).status).toBe(200);
  expect((await ask('POST', '/api/payments/nonsense/leave', {})).status).toBe(404);
  expect((await ask('GET', '/api/payments/unmatched')).body.items).toMatchObject([{ payment: two.id, left: true }]);
  expect((await ask('GET', '/api/payments/unmatched', undefined, 'stranger')).body.items).toEqual([]);
});
