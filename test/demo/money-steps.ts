/** The story goes on with money: a deal that is won, billed in QuickBooks, paid at PayPal; and three years of another firm's Xero. */
import { strict as assert } from 'node:assert';
import type { CrmRecord } from '#crm/core.ts';
import type { Json, Values } from '#kit/fields.ts';
import { listSyncs } from '#store/syncs.ts';
import { signIn } from './stage.ts';
import type { Step, Story } from './story.ts';

const BOOKS = 'quickbooks';
const TILL = 'paypal';
const HISTORY = 'xero';
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const MONEY_STEPS: readonly Step[] = [
  { name: 'books', title: 'Connect QuickBooks, and bring its books in', act: books },
  { name: 'deal won', title: 'A deal is won: an estimate, then an invoice', act: dealWon },
  { name: 'paid', title: 'The customer pays at PayPal', act: paid },
  { name: 'history', title: 'Another firm brings three years of Xero along', act: history },
];

/** What stands for money in the CRM, and its document at QuickBooks. */
interface Sale {
  customer: string;
  item: string;
  invoice: string;
  number: string;
}

const sales = new WeakMap<Story, Sale>();

const amountOf = (value: Json | undefined): number => Number((value as { amount?: string } | undefined)?.amount);
const shown = (value: Json | undefined): string => {
  const { amount, currency } = value as { amount: string; currency: string };
  return `${Number(amount).toFixed(2)} ${currency}`;
};

/** Services allow so many calls a second or a minute; in the story time passes quickly while it works. */
async function hurried<T>({ stage: { emulators } }: Story, work: () => Promise<T>): Promise<T> {
  const passing = setInterval(() => emulators.clock.turn(1_000), 20);
  try {
    return await work();
  } finally {
    clearInterval(passing);
  }
}

async function importHistory({ stage: { hub } }: Story, workspace: number, connection: number) {
  const { histories, engine } = hub;
  const work = (sync: number) => engine.drain(workspace, sync, 'demo');
  const { id } = await histories.begin({ workspace, by: 'demo' }, { connection });
  assert.equal((await histories.drain(workspace, id, work)).state, 'ready');
  await histories.execute(workspace, id);
  assert.equal((await histories.drain(workspace, id, work)).state, 'done');
  return histories.sheet(workspace, id);
}

/** Time passes, and what is due of these streams is done. */
async function settle(story: Story, ...streams: string[]): Promise<void> {
  const { hub, emulators, workspace } = story.stage;
  emulators.clock.turn(MINUTE);
  for (const wanted of streams) {
    const sync = (await hub.store.workspace(workspace, listSyncs)).find(({ stream }) => stream === wanted);
    assert.ok(sync, wanted);
    await hub.engine.request(workspace, sync.id, false);
    const { problem } = await hurried(story, () => hub.engine.drain(workspace, sync.id, 'demo'));
    if (problem) throw problem;
  }
}

async function connectionTo({ stage: { hub } }: Story, workspace: number, connector: string): Promise<number> {
  const found = (await hub.connections.list(workspace, 0, 20)).find((one) => one.connector === connector);
  assert.ok(found, `${connector} is connected`);
  return found.id;
}

async function books(story: Story): Promise<string> {
  const { hub, workspace, emulators } = story.stage;
  assert.match(await signIn(story.stage, BOOKS), /is connected/);
  const connection = await connectionTo(story, workspace, BOOKS);
  const sheet = await hurried(story, () => importHistory(story, workspace, connection));
  assert.equal(sheet.agrees, true, 'the CRM agrees with the books to the cent');
  const [item] = (await hub.crm.list(workspace, 'item', { after: null, limit: 1 })).items;
  assert.ok(item);
  const customer = await hub.crm.add(story.who, 'company', {
    name: 'Analytical Engines',
    emails: [{ value: 'accounts@engines.example' }],
    isCustomer: true,
  });
  sales.set(story, { customer: customer.id, item: item.id, invoice: '', number: '' });
  const invoices = emulators.quickbooks.books().count('Invoice');
  story.books.quickbooks = { rows: sheet.rows, invoices };
  return `${sheet.rows} documents and payments came in; the sheet agrees to the cent`;
}

async function dealWon(story: Story): Promise<string> {
  const { hub, emulators } = story.stage;
  const sale = sales.get(story)!;
  const usd = (amount: string) => ({ amount, currency: 'USD' });
  const deal = await hub.crm.add(story.who, 'opportunity', {
    ...{ name: 'A garden for the engine house', company: sale.customer, status: 'open', amount: usd('1250') },
  });
  const lines = [
    { kind: 'item', item: sale.item, description: 'All of it', quantity: 1, unitPrice: usd('1250'), taxName: 'NON' },
  ];
  const given: Values = { lines: lines as Json, currency: 'USD' };
  const estimate = await hub.crm.bill(story.who, deal.id, 'estimate', given);
  await settle(story, `${BOOKS}.customers`, `${BOOKS}.estimates`);
  await story.change(deal.id, { status: 'won' });
  const made = await hub.crm.bill(story.who, estimate.id, 'invoice', { stage: 'issued' });
  await settle(story, `${BOOKS}.invoices`, `${BOOKS}.estimates`, `${BOOKS}.invoices`);
  const invoice = await story.record(made.id);
  const number = String(invoice.fields.number ?? '');
  const document = [...emulators.quickbooks.books().all('Invoice')].find((one) => one.DocNumber === number);
  assert.equal(document?.TotalAmt, 1250, 'the invoice stands in QuickBooks');
  assert.equal((await story.record(estimate.id)).fields.status, 'invoiced');
  Object.assign(sale, { invoice: invoice.id, number });
  return `estimate and invoice ${number} over ${shown(invoice.fields.total)} stand in QuickBooks, under the customer that was made before them`;
}

async function paid(story: Story): Promise<string> {
  const { hub, workspace, emulators } = story.stage;
  const { invoice, number } = sales.get(story)!;
  const { connection } = await hub.connections.enter({ workspace, connector: TILL, by: 'demo', settings: {} });
  assert.ok(connection);
  const sync = (await hub.store.workspace(workspace, listSyncs)).find(({ stream }) => stream === `${TILL}.transactions`)!;
  const { plan, done } = await hub.engine.preview(workspace, sync.id, 'demo');
  assert.equal(await done, null);
  await hub.engine.execute(workspace, plan, 'demo');
  await hub.engine.drain(workspace, sync.id, 'demo');
  emulators.paypal.pay({
    ...{ amount: '1250.00', currency: 'USD', invoiceId: number },
    payer: { account: 'PJ4ENGINES2QA', email: 'accounts@engines.example', given: 'Ada', surname: 'Archer', country: 'US' },
  });
  emulators.clock.turn(4 * HOUR); // PayPal's report shows it after up to three hours
  await settle(story, `${TILL}.transactions`);
  await hub.ledger.drain();
  await settle(story, `${BOOKS}.payments`, `${BOOKS}.invoices`);
  const { fields } = await story.record(invoice);
  assert.equal(fields.status, 'paid');
  const document = [...emulators.quickbooks.books().all('Invoice')].find((one) => one.DocNumber === number);
  assert.equal(document?.Balance, 0, 'nothing is due in QuickBooks any more');
  const payment = await paymentOf(story, invoice);
  story.books.paypal = { payments: 1 };
  return `the payment of ${shown(payment.fields.amount)} (fee ${shown(payment.fields.fee)}) found invoice ${number} by itself; it is paid in the CRM and in QuickBooks`;
}

async function paymentOf({ stage: { hub, workspace } }: Story, invoice: string): Promise<CrmRecord> {
  const { items } = await hub.crm.list(workspace, 'payment', { after: null, limit: 200 });
  const found = items.find(({ fields }) => ((fields.allocations ?? []) as Values[]).some((one) => one.invoice === invoice));
  assert.ok(found);
  return found;
}

async function history(story: Story): Promise<string> {
  const { stage } = story;
  const { workspace, key } = await stage.anotherFirm('Harbour Antiques');
  assert.match(await signIn({ ...stage, key }, HISTORY), /is connected/);
  const connection = await connectionTo(story, workspace, HISTORY);
  const sheet = await hurried(story, () => importHistory(story, workspace, connection));
  assert.equal(sheet.agrees, true, 'the CRM agrees with the books to the cent');
  const currencies = new Set(sheet.lines.map((line) => line.currency)).size;
  const sold = sheet.lines
    .filter(({ kind }) => kind === 'sale')
    .reduce((all, { here }) => all + amountOf({ amount: here.total }), 0);
  assert.ok(sold > 0);
  story.books.xero = { rows: sheet.rows };
  return `${sheet.rows} documents and payments in ${currencies} currencies; by status, currency and month the sheet agrees to the cent`;
}
