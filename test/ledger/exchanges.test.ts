/**
 * Invoices, payments, credits and voids on either side, with answers that are lost: the books and the CRM come to the same to the cent, and
 * nothing is made twice. `LEDGERS` says how many histories (3); each begins where the one before it ended.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import type { Json, Values } from '#kit/fields.ts';
import { listHeld } from '#store/held.ts';
import { listSyncs } from '#store/syncs.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { type Thing, text } from '#test/emulators/quickbooks/thing.ts';

const RUNS = Number(process.env.LEDGERS ?? 3);
const MINUTE = 60_000;
/** Whose answers are lost: carried out, and nobody hears of it. */
const WRITES = ['write', 'batch', 'void', 'delete'];

let on: Emulators;
let hub: Hub;
let workspace: number;
let customers: CrmRecord[];
let item: CrmRecord;

beforeAll(async () => {
  const database = await testDatabase();
  workspace = await database.workspace();
  on = await startEmulators({ clock: createClock(), traffic: null });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    QUICKBOOKS_CLIENT_ID: 'switchboard-demo',
    QUICKBOOKS_CLIENT_SECRET: 'demo-secret',
  });
  hub = await openHub(config, openLog('silent'), { store: Promise.resolve(database.store), now: on.clock.now });
  const { url } = await hub.connections.start({ workspace, connector: 'quickbooks', by: 'test', session: 'browser' });
  await hub.connections.finish(new URL(await on.quickbooks.consent(url)).searchParams, 'browser');
  for (const { id } of await syncs()) {
    const { plan, done } = await hub.engine.preview(workspace, id, 'test');
    expect(await done).toBeNull();
    await hub.engine.execute(workspace, plan, 'test');
    await hub.engine.drain(workspace, id, 'test');
  }
  const all = async (object: string) => (await hub.crm.list(workspace, object, { after: null, limit: 200 })).items;
  customers = (await all('company'))
    .filter(({ fields }) => fields.currency === undefined || fields.currency === 'USD')
    .slice(0, 3);
  item = (await all('item'))[0]!;
});
afterAll(async () => {
  await hub.close();
  await on.close();
});

const syncs = () => hub.store.workspace(workspace, listSyncs);
const books = () => on.quickbooks.books();
const usd = (cents: number): Json => ({ amount: (cents / 100).toFixed(2), currency: 'USD' });
const centsOf = (value: Json | undefined): number =>
  Math.round(Number((value as { amount?: string } | undefined)?.amount ?? 0) * 100);
const cents = (amount: Json | undefined): number => Math.round(Number(amount ?? 0) * 100);

type Step = {
  at: 'here' | 'there';
  do: 'bill' | 'edit' | 'pay' | 'void' | 'unpay' | 'credit' | 'sync';
  which: number;
  cents: number;
  lost: number;
};

const steps = fc.array(
  fc.record({
    at: fc.constantFrom('here', 'there'),
    do: fc.constantFrom('bill', 'bill', 'edit', 'edit', 'pay', 'pay', 'void', 'unpay', 'credit', 'sync', 'sync'),
    which: fc.nat(40),
    cents: fc.integer({ min: 1, max: 99_999 }),
    lost: fc.nat(9),
  }),
  { minLength: 6, maxLength: 14 },
) as fc.Arbitrary<Step[]>;

const some = <T>(from: readonly T[], n: number): T | undefined => from[n % Math.max(1, from.length)];
const linesThere = (amount: number) => [
  {
    DetailType: 'SalesItemLineDetail',
    Amount: amount / 100,
    SalesItemLineDetail: { Qty: 1, UnitPrice: amount / 100, TaxCodeRef: { value: 'NON' } },
  },
];
const linesHere = (amount: number) => [
  { kind: 'item', item: item.id, description: 'Work', quantity: 1, unitPrice: usd(amount), amount: usd(amount), taxName: 'NON' },
];
const isVoid = (doc: Thing) => text(doc.PrivateNote).startsWith('Voided');
const invoicesThere = (): Thing[] => [...books().all('Invoice')];
const openThere = (): Thing[] => invoicesThere().filter((doc) => Number(doc.Balance) > 0);
const customerThere = (n: number) => ({ value: text(some([...books().all('Customer')].slice(0, 3), n)!.Id) });

function there({ do: what, which, cents: amount }: Step): void {
  const { save } = on.quickbooks;
  const doc = some(
    invoicesThere().filter((one) => !isVoid(one) && one.Balance === one.TotalAmt),
    which,
  );
  if (what === 'bill') save('Invoice', { CustomerRef: customerThere(which), TxnDate: '2026-02-01', Line: linesThere(amount) });
  if (what === 'credit')
    save('CreditMemo', { CustomerRef: customerThere(which), TxnDate: '2026-02-01', Line: linesThere(amount) });
  if (what === 'edit' && doc) save('Invoice', { Id: doc.Id!, Line: linesThere(amount) });
  if (what === 'void' && doc) on.quickbooks.void('Invoice', text(doc.Id));
  if (what === 'unpay') {
    const payment = some(
      [...books().all('Payment')].filter((one) => !isVoid(one)),
      which,
    );
    if (payment) on.quickbooks.void('Payment', text(payment.Id));
  }
  const due = some(openThere(), which);
  if (what !== 'pay' || due === undefined) return;
  const paid = Math.min(amount, cents(due.Balance)) / 100;
  save('Payment', {
    ...{ CustomerRef: due.CustomerRef!, TxnDate: '2026-02-02', TotalAmt: paid },
    Line: [{ Amount: paid, LinkedTxn: [{ TxnId: text(due.Id), TxnType: 'Invoice' }] }],
  });
}

async function here({ do: what, which, cents: amount }: Step): Promise<void> {
  const who = { workspace, by: 'test' };
  const invoices = (await living('invoice')).filter(({ fields }) => fields.kind === 'sale' && fields.stage === 'issued');
  const unpaid = some(
    invoices.filter(({ fields }) => fields.status === 'open'),
    which,
  );
  const patch = (record: CrmRecord, values: Values) => hub.crm.change(who, record.id, record.version, 'patch', values);
  const company = some(customers, which)!.id;
  const sale = { company, issued: '2026-02-01', stage: 'issued', currency: 'USD', lines: linesHere(amount) };
  if (what === 'bill') await hub.crm.add(who, 'invoice', { ...sale, kind: 'sale' });
  if (what === 'credit') await hub.crm.add(who, 'invoice', { ...sale, kind: 'credit' });
  if (what === 'edit' && unpaid) await patch(unpaid, { lines: linesHere(amount) });
  if (what === 'void' && unpaid) await patch(unpaid, { stage: 'void' });
  if (what === 'unpay') {
    const payment = some(
      (await living('payment')).filter(({ fields }) => fields.status === 'completed'),
      which,
    );
    if (payment) await patch(payment, { status: 'void' });
  }
  const due = some(
    invoices.filter(({ fields }) => centsOf(fields.balance) > 0),
    which,
  );
  if (what !== 'pay' || due === undefined) return;
  const paid = usd(Math.min(amount, centsOf(due.fields.balance)));
  await hub.crm.add(who, 'payment', {
    ...{ direction: 'received', kind: 'payment', status: 'completed', date: '2026-02-02', company: due.fields.company! },
    ...{ amount: paid, allocations: [{ invoice: due.id, amount: paid }] },
  });
}

async function living(object: string): Promise<CrmRecord[]> {
  const all: CrmRecord[] = [];
  for (let after: string | null = null; ; ) {
    const { items, next } = await hub.crm.list(workspace, object, { after, limit: 200 });
    all.push(...items);
    if (next === null) return all;
    after = next;
  }
}

async function settle(rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    on.clock.turn(3 * MINUTE);
    for (const { id, stream } of await syncs()) {
      if (/terms|taxCodes|items$/.test(stream)) continue;
      await hub.engine.request(workspace, id, false);
      await hub.engine.drain(workspace, id, 'test');
    }
  }
}

const held = () => hub.store.workspace(workspace, (tx) => listHeld(tx, { open: true, after: 0, limit: 1_000 }));

/** What the CRM has of a document that nobody was asked about is what the books have. */
async function expectAgreed(): Promise<void> {
  const questions = await held();
  const asked = new Set(questions.flatMap(({ record, row }) => [record, row]));
  // What a payment or a note that waits for a person is put against has another balance until it is answered.
  for (const { id, fields } of [...(await living('payment')), ...(await living('invoice'))])
    if (asked.has(id)) for (const { invoice } of (fields.allocations ?? []) as { invoice: string }[]) asked.add(invoice);
  const records = (await living('invoice')).filter(({ id, fields }) => !asked.has(id) && fields.kind !== 'bill');
  const docs = [...invoicesThere(), ...books().all('CreditMemo')];
  const numbers = records.map(({ fields }) => `${fields.kind} ${fields.number}`);
  expect(new Set(numbers).size, 'one record for each document').toBe(numbers.length);
  for (const { fields } of records) {
    const kind = fields.kind === 'credit' ? 'CreditMemo' : 'Invoice';
    const found = docs.filter((doc) => doc.DocNumber === fields.number && 'RemainingCredit' in doc === (kind === 'CreditMemo'));
    expect(
      found.map(({ DocNumber }) => DocNumber),
      JSON.stringify(fields),
    ).toEqual([fields.number]);
    const [doc] = found;
    if (asked.has(text(doc!.Id))) continue;
    expect([fields.number, centsOf(fields.total)]).toEqual([doc!.DocNumber, cents(doc!.TotalAmt)]);
    if (kind === 'Invoice') expect([fields.number, centsOf(fields.balance)]).toEqual([doc!.DocNumber, cents(doc!.Balance)]);
  }
  if (questions.length === 0) expect(records.length).toBe(docs.length);
}

test('the books and the CRM come to the same, whatever is lost on the way', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (history) => {
      for (const step of history) {
        on.clock.turn(MINUTE);
        if (step.lost === 0) on.quickbooks.faults.add({ kind: 'lost', operation: some(WRITES, step.which)! });
        if (step.do === 'sync') await settle(1);
        else if (step.at === 'there') there(step);
        else await here(step);
      }
      await settle(1);
      on.quickbooks.faults.clear();
      await settle(5);
      await expectAgreed();
    }),
    { numRuns: RUNS, endOnFailure: true },
  );
}, 7_200_000);
