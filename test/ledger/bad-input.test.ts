/** What no books would take, or only by their own rules, through the whole hub and both emulators: settled, refused or held, with the reason. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import { readConfig } from '#hub/config.ts';
import { openLog } from '#hub/log.ts';
import { type Hub, openHub } from '#hub/open.ts';
import { TryLater } from '#kit/errors.ts';
import type { Json, Values } from '#kit/fields.ts';
import { testDatabase } from '#test/database.ts';
import { type Emulators, startEmulators } from '#test/emulators/index.ts';
import { createClock } from '#test/emulators/kit/clock.ts';

const SERVICES = ['quickbooks', 'xero'] as const;
type Service = (typeof SERVICES)[number];
interface Place {
  workspace: number;
  sync: number;
  /** Customers by currency, and the tax code of 20 % and of 5 %. */
  company: { [currency: string]: string };
  taxes: { twenty: string; five: string };
}

let on: Emulators;
let hub: Hub;
const places = {} as { [service in Service]: Place };

beforeAll(async () => {
  const database = await testDatabase();
  const company = {
    name: 'Odd Ltd',
    country: 'GB',
    currency: 'GBP',
    multicurrency: true,
    taxes: 'global',
    with: 'empty',
  } as const;
  const organisation = { name: 'Odd Ltd', country: 'GB', base: 'GBP', currencies: { JPY: 189 } } as const;
  on = await startEmulators({
    clock: createClock(),
    // The judge of traffic takes the number of an invoice that is created for its id.
    traffic: null,
    quickbooks: { companies: [company] },
    xero: { organisations: [organisation] },
  });
  on.quickbooks.seed({
    customers: [
      { Id: 'a', DisplayName: 'Acme' },
      { Id: 'b', DisplayName: 'Kabushiki', CurrencyRef: { value: 'JPY' } },
    ],
  });
  on.xero.seed({ Contacts: [{ Name: 'Acme' }, { Name: 'Kabushiki' }] });
  const config = readConfig({
    SWITCHBOARD_KEYS: `test:${'A'.repeat(43)}`,
    SWITCHBOARD_HOSTS: JSON.stringify(on.hosts),
    ...{ QUICKBOOKS_CLIENT_ID: 'switchboard-demo', QUICKBOOKS_CLIENT_SECRET: 'demo-secret' },
    ...{ XERO_CLIENT_ID: 'switchboard-demo', XERO_CLIENT_SECRET: 'demo-secret' },
  });
  hub = await openHub(config, openLog('silent'), { store: Promise.resolve(database.store), now: on.clock.now });
  for (const service of SERVICES) places[service] = await placed(service, await database.workspace(service));
  on.quickbooks.closeBooks('2020-12-31');
  on.xero.lock('2020-12-31');
});
afterAll(async () => {
  await hub.close();
  await on.close();
});

async function placed(service: Service, workspace: number): Promise<Place> {
  const { url } = await hub.connections.start({ workspace, connector: service, by: 'test', session: service });
  const back = new URL(await on[service].consent(url));
  const { connection } = await hub.connections.finish(back.searchParams, service);
  const goOn = () => hub.histories.drain(workspace, id, (sync) => drained(workspace, sync));
  const { id } = await hub.histories.begin({ workspace, by: 'test' }, { connection });
  await goOn();
  await hub.histories.execute(workspace, id);
  expect(await goOn()).toMatchObject({ state: 'done' });
  const all = async (object: string) => (await hub.crm.list(workspace, object, { after: null, limit: 200 })).items;
  const named = async (name: string) => (await all('company')).find((one) => one.name === name)!.id;
  const rate = async (percent: number) =>
    (await all('taxCode')).find(({ fields }) => fields.percent === percent && fields.sales === true)!.id;
  const sync = (await hub.engine.look.syncs(workspace)).find(({ stream }) => stream === `${service}.invoices`)!.id;
  return {
    ...{ workspace, sync, company: { GBP: await named('Acme'), JPY: await named('Kabushiki'), CHF: await named('Acme') } },
    taxes: { twenty: await rate(20), five: await rate(5) },
  };
}

/** As the clock stands still, what the services allow in a minute is soon used up. */
async function drained(workspace: number, sync: number): Promise<void> {
  for (;;) {
    on.clock.turn(61_000);
    try {
      await hub.engine.drain(workspace, sync, 'test');
      return;
    } catch (error) {
      if (!(error instanceof TryLater)) throw error;
    }
  }
}

const money = (amount: string, currency = 'GBP') => ({ amount, currency });
let count = 0;

/** An invoice of ours, sent. */
async function sent(service: Service, values: Values): Promise<{ record: CrmRecord; held: string[]; there: Values | undefined }> {
  const { workspace, sync, company } = places[service];
  count += 1;
  const currency = String(values.currency ?? 'GBP');
  const made = await hub.crm.add({ workspace, by: 'test' }, 'invoice', {
    ...{ kind: 'sale', stage: 'issued', number: `B-${count}`, company: company[currency]!, currency },
    ...{ issued: '2026-01-05', due: '2026-02-05', taxMode: 'exclusive', ...values },
  });
  await drained(workspace, sync);
  return seen(service, made.id);
}

async function seen(service: Service, id: string) {
  const { workspace } = places[service];
  const record = await hub.crm.get(workspace, id);
  const asked = await hub.engine.look.held(workspace, { open: true, after: 0, limit: 100 });
  const held = asked
    .filter((one) => one.record === id)
    .map(({ kind, question }) => `${kind}: ${question.reason ?? question.problem}`);
  const number = record.fields.number;
  const there =
    service === 'xero'
      ? on.xero.list('Invoices').find(({ InvoiceNumber }) => InvoiceNumber === number)
      : [...on.quickbooks.books().all('Invoice')].find(({ DocNumber }) => DocNumber === number);
  return { record, held, there: there as Values | undefined };
}

const totalOf = (service: Service, there: Values | undefined): Json | undefined =>
  service === 'xero' ? there?.Total : there?.TotalAmt;
const line = (service: Service, quantity: number, price: Json, more: Values = {}): Values => ({
  ...{ description: 'Paper', quantity, unitPrice: price, taxCode: places[service].taxes.twenty },
  ...(service === 'xero' && { account: '200' }),
  ...more,
});

describe.each(SERVICES)('%s', (service) => {
  test.each([
    ['a currency the books do not use', { currency: 'CHF', lines: 'CHF' }, /currency/i],
    ['a locked period', { issued: '2020-06-01', due: '2020-07-01' }, /clos|lock/i],
    ['an amount beyond what a double holds', { lines: '90071992547409.93' }, /digits/],
  ])('%s: held with the reason, and nothing is there', async (_what, { lines, ...fields }: { [name: string]: string }, said) => {
    const price = lines === 'CHF' ? money('10', 'CHF') : money(lines ?? '10');
    const { held, there } = await sent(service, { ...fields, lines: [line(service, 1, price)] });
    expect(held).toEqual([expect.stringMatching(said)]);
    expect(there).toBeUndefined();
  });

  test('a tax code that is gone: held with the reason', async () => {
    if (service === 'xero') on.xero.edit('TaxRates', 'RROUTPUT', { Status: 'DELETED' });
    else on.quickbooks.books().find('TaxCode', '2')!.Active = false;
    const { held, there } = await sent(service, {
      lines: [line(service, 1, money('10'), { taxCode: places[service].taxes.five })],
    });
    expect(held).toEqual([expect.stringMatching(/tax/i)]);
    expect(there).toBeUndefined();
  });

  test('lines that do not come to the total are refused where they are typed', async () => {
    const wrong = sent(service, { lines: [line(service, 2, money('10'))], total: money('25') });
    await expect(wrong).rejects.toMatchObject({ problems: [{ path: expect.stringContaining('total'), found: '25 GBP' }] });
  });

  test('negative quantities take off what they say', async () => {
    const { held, there, record } = await sent(service, {
      lines: [line(service, 3, money('10')), line(service, -1, money('10'))],
    });
    expect([held, totalOf(service, there)]).toEqual([[], 24]);
    expect(record.fields.balance).toEqual(money('24'));
  });

  test('a currency without decimals keeps whole numbers', async () => {
    const lines = [line(service, 3, money('1500', 'JPY'))];
    const { held, there, record } = await sent(service, { currency: 'JPY', lines });
    expect([held, totalOf(service, there)]).toEqual([[], 5400]);
    expect(record.fields.total).toEqual(money('5400', 'JPY'));
  });

  test('a thousand lines go over once, and come back as they were', async () => {
    const lines = Array.from({ length: 1_000 }, (_, n) =>
      line(service, 1, money(String(n + 1)), { description: `Line ${n + 1}` }),
    );
    const { held, there, record } = await sent(service, { lines });
    expect([held, totalOf(service, there)]).toEqual([[], 600_600]);
    const { workspace, sync } = places[service];
    await hub.engine.request(workspace, sync, false);
    await drained(workspace, sync);
    const again = await seen(service, record.id);
    expect(again.record.fields.lines).toHaveLength(1_000);
    expect(again.there).toEqual(there);
  });

  test('edited on both sides between two looks: one word stands, on both', async () => {
    const { record, there } = await sent(service, { lines: [line(service, 1, money('10'))] });
    const { workspace, sync } = places[service];
    const field = service === 'xero' ? 'reference' : 'memo';
    const { version } = await hub.crm.get(workspace, record.id);
    await hub.crm.change({ workspace, by: 'test' }, record.id, version, 'patch', { [field]: 'Said here' });
    on.clock.turn(61_000);
    if (service === 'xero') on.xero.edit('Invoices', String(there!.InvoiceID), { Reference: 'Said there' });
    else on.quickbooks.save('Invoice', { Id: there!.Id!, PrivateNote: 'Said there' });
    for (let n = 0; n < 2; n += 1) {
      await hub.engine.request(workspace, sync, false);
      await drained(workspace, sync);
    }
    const after = await seen(service, record.id);
    expect(after.record.fields[field]).toBe('Said there');
    expect(service === 'xero' ? after.there!.Reference : after.there!.PrivateNote).toBe('Said there');
  });
});
