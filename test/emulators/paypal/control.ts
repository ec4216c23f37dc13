/** What a test, or another process, makes happen in the emulated PayPal. */
import type { Counters } from '../kit/counters.ts';
import type { Faults } from '../kit/faults.ts';
import { type Account, createAccount } from './account.ts';
import type { Capture } from './capture.ts';
import { authority } from './certificates.ts';
import type { Controlled, Purchase } from './contract.ts';
import type { World } from './desk.ts';
import { type Dispute, whole as disputeView } from './dispute.ts';
import { drafted } from './draft.ts';
import type { App } from './identity.ts';
import type { Invoice } from './invoice.ts';
import { draft, issue, pay } from './invoicing.ts';
import { minorOf } from './money.ts';
import { captureView, refundNow } from './payments.ts';
import { addProduct, changeProduct } from './products.ts';
import { object } from './query.ts';
import { SCOPE } from './scopes.ts';
import { type SeedPlan, seedRow } from './seed.ts';
import { sumsOf } from './sums.ts';
import { feeOf } from './transaction.ts';

export interface Surroundings {
  faults: Faults;
  counters: Counters;
  apps: Map<string, App>;
}

export function createControl(world: World, { faults, counters, apps }: Surroundings): Controlled {
  const { accounts, clock, ids, identity, webhooks } = world;
  const account = (id?: string): Account =>
    need(id === undefined ? accounts.values().next().value : accounts.get(id), `account ${id}`);
  /** The app that belongs to the account: its webhooks are told. */
  const who = (of: Account = account()) => ({
    account: of,
    app: need(
      [...apps.values()].find((app) => app.account === of.id),
      `app of ${of.id}`,
    ),
  });
  const invoice = (id: string): Invoice => need(account().invoices.get(id), `invoice ${id}`);
  const capture = (id: string): Capture => need(account().captures.get(id), `capture ${id}`);
  const told = (type: string, one: Capture) =>
    webhooks.publish(account(), who().app, type, 'capture', captureView(account(), one));
  const control: Controlled = {
    ...{ clock, faults, counters, webhooks, account },
    root: () => authority().root.pem,
    addAccount(id, email) {
      const made = createAccount(id, email);
      accounts.set(id, made);
      return made;
    },
    allowPartner: (seller, clientId, allowed = true) =>
      void (allowed ? account(seller).partners.add(clientId) : account(seller).partners.delete(clientId)),
    grant(clientId) {
      const app = need(clientId === undefined ? apps.values().next().value : apps.get(clientId), `app ${clientId}`);
      const { value, until } = identity.grant(app);
      return { accessToken: value, expiresIn: Math.floor((until - clock.now()) / 1000) };
    },
    expireAccess: () => identity.expire(),
    removeApp: (clientId = apps.keys().next().value) => void apps.delete(clientId ?? ''),
    setScopes: (scopes) => identity.allow(scopes.map((one) => SCOPE + one)),
    seed: (plan) => plant(world, control, plan),
    pay(purchase) {
      const one = paid(world, account(), purchase);
      if (purchase.invoice !== undefined && one.status === 'COMPLETED') {
        const date = new Date(one.created).toISOString().slice(0, 10);
        pay(world, who(), invoice(purchase.invoice), { id: one.id, type: 'PAYPAL', method: 'PAYPAL', date, amount: one.amount });
      }
      if (purchase.at === undefined) told(`PAYMENT.CAPTURE.${one.status}`, one);
      return one;
    },
    settle(id, well) {
      const one = capture(id);
      one.status = well ? 'COMPLETED' : 'DECLINED';
      one.updated = clock.now();
      for (const row of account().transactions) if (row.id === id) row.states.push({ at: clock.now(), status: well ? 'S' : 'D' });
      told(`PAYMENT.CAPTURE.${well ? 'COMPLETED' : 'DENIED'}`, one);
    },
    refund(id, amount) {
      const one = capture(id);
      const minor = amount === undefined ? one.amount - one.refunded : minorOf(amount, one.currency);
      return refundNow(world, who(), one, minor).id;
    },
    addTransaction({ status = 'S', ...row }) {
      const made = { ...row, states: [{ at: row.begun, status }] };
      account().transactions.push(made);
      return made;
    },
    addInvoice(body, send = false) {
      const made = draft(world, who(), body);
      if (send) issue(world, who(), made);
      return made;
    },
    editInvoice(id, change) {
      const one = invoice(id);
      const today = new Date(clock.now()).toISOString().slice(0, 10);
      const { body, currency } = drafted(change(one.body), { account: account(), ids, today, own: id });
      Object.assign(one, { body, currency, sums: sumsOf(body, currency), updated: clock.now() });
      webhooks.publish(account(), who().app, 'INVOICING.INVOICE.UPDATED', 'invoices', { invoice: { id } });
    },
    recordPayment(id, { amount, ...entry }) {
      const one = invoice(id);
      const date = new Date(clock.now()).toISOString().slice(0, 10);
      pay(world, who(), one, {
        id: ids.external(),
        type: 'EXTERNAL',
        method: 'BANK_TRANSFER',
        date,
        amount: amount ?? one.sums.total,
        ...entry,
      });
    },
    deleteInvoice: (id) => void account().invoices.delete(invoice(id).id),
    addProduct: (body) => addProduct(world, who(), body),
    editProduct(id, body) {
      const product = need(account().products.get(id), `product ${id}`);
      changeProduct(world, who(), product, { ...product.body, ...object(body) });
    },
    addDispute(given) {
      const now = clock.now();
      const dispute: Dispute = {
        ...{
          id: ids.dispute(),
          currency: 'USD',
          amount: 1000n,
          gross: given.amount ?? 1000n,
          reason: 'MERCHANDISE_OR_SERVICE_NOT_RECEIVED',
        },
        ...{ status: 'OPEN', stage: 'INQUIRY', created: now, updated: now },
        ...given,
      };
      account().disputes.set(dispute.id, dispute);
      webhooks.publish(account(), who().app, 'CUSTOMER.DISPUTE.CREATED', 'dispute', disputeView(dispute, account()));
      return dispute;
    },
    changeDispute(id, changes) {
      const dispute = need(account().disputes.get(id), `dispute ${id}`);
      Object.assign(dispute, { updated: clock.now() }, changes);
      const type = `CUSTOMER.DISPUTE.${dispute.status === 'RESOLVED' ? 'RESOLVED' : 'UPDATED'}`;
      webhooks.publish(account(), who().app, type, 'dispute', disputeView(dispute, account()));
    },
    mails: () => world.mails,
    setLag: (ms) => {
      world.reporting.lag = ms;
    },
    setMost: (rows) => {
      world.reporting.most = rows;
    },
    setRates: (rule) => world.rates.set(rule),
    setTemplate: (template) => {
      world.template = template;
    },
    setManners: (manners) => webhooks.behave(manners),
    events: () => webhooks.events,
    hooks: () => [...webhooks.hooks.values()],
    settled: () => webhooks.settled(),
  };
  return control;
}

function need<T>(found: T | undefined, what: string): T {
  if (found !== undefined) return found;
  throw new Error(`there is no ${what}`);
}

/** A buyer's payment: a capture, and its row in the reports. */
function paid({ ids, clock }: World, account: Account, purchase: Purchase): Capture {
  const { currency = 'USD', status = 'COMPLETED', invoiceId, custom, invoice, at = clock.now(), payer, subject, note } = purchase;
  const amount = minorOf(purchase.amount, currency);
  const fee = feeOf(amount);
  const one: Capture = {
    ...{ id: ids.payment(), currency, amount, fee, status, refunded: 0n, created: at, updated: at },
    ...(invoiceId !== undefined && { invoiceId }),
    ...(custom !== undefined && { customId: custom }),
    ...(invoice !== undefined && { invoice }),
  };
  account.captures.set(one.id, one);
  if (status !== 'DECLINED') {
    account.transactions.push({
      ...{ id: one.id, code: invoice === undefined ? 'T0006' : 'T0007', begun: at, currency, amount, fee: -fee },
      ...{ payer, subject, note, invoiceId, custom, paypalInvoice: invoice },
      states: [{ at, status: status === 'PENDING' ? 'P' : 'S' }],
    });
  }
  return one;
}

function plant(world: World, on: Controlled, { products = [], invoices = [], transactions = [], disputes = [] }: SeedPlan): void {
  for (const body of products) on.addProduct(body);
  for (const { body, draft: unsent = false, paid: amount, payer } of invoices) {
    const made = on.addInvoice(body, !unsent);
    if (amount !== undefined) on.pay({ amount, currency: made.currency, invoice: made.id, payer });
  }
  for (const row of transactions) seedRow(on.account(), row, world.ids.payment);
  for (const { transaction, amount, currency = 'USD', reason, at } of disputes) {
    const minor = minorOf(amount, currency);
    const times = at === undefined ? {} : { created: Date.parse(at), updated: Date.parse(at) };
    on.addDispute({ transaction, currency, amount: minor, gross: minor, ...(reason !== undefined && { reason }), ...times });
  }
}
