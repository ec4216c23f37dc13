import nock from 'nock';
import { startEmulators } from '../../emulators/index.ts';
import { createClock } from '../../emulators/kit/clock.ts';
import type { Paypal } from '../../emulators/paypal/contract.ts';
import type { StreamDriver, World } from '../world.ts';

const NOW = Date.parse('2026-03-01T10:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What differs from stream to stream: how its rows come to be, and who else changes them. */
type Ways = (on: Paypal, turn: (ms: number) => void) => Pick<World, 'ids' | 'misfit' | 'forget'> & Partial<World>;

async function open(ways: Ways): Promise<World> {
  const clock = createClock(NOW);
  const on = await startEmulators({ clock });
  const { paypal } = on;
  let token = paypal.grant().accessToken;
  let dead = false;
  const world = ways(paypal, clock.turn);
  return {
    base: on.hosts.paypal!,
    now: clock.now,
    turn: clock.turn,
    token: async (refused) => {
      if (refused === token && !dead) token = paypal.grant().accessToken;
      return token;
    },
    account: { id: paypal.account().id, title: `PayPal account ${paypal.account().id}` },
    revoke: () => {
      dead = true;
      paypal.removeApp();
    },
    expireAccess: () => paypal.expireAccess(),
    fault: (operation, trouble) => paypal.faults.add({ ...trouble, operation }),
    calls: (operation) => (operation === undefined ? paypal.counters.total() : (paypal.counters.calls[operation] ?? 0)),
    overlaps: () => 0,
    close: () => on.close(),
    ...world,
  };
}

/** An address at which every list hands out the same page for ever. */
function repeating(): { base: World['base']; end(): void } {
  const host = 'http://paypal.repeating.test';
  const next = { rel: 'next', method: 'GET', href: 'https://api.paypal.com/list?page=1&next_page_token=Nw%3D%3D' };
  const same = { items: [], products: [], links: [next], ...{ page: 1, total_pages: 7, transaction_details: [{}] } };
  nock(host).persist().get(/.*/).reply(200, same);
  return { base: { rest: host, certs: host }, end: () => nock.cleanAll() };
}

/** One each hour. */
export const transactions: StreamDriver = {
  rows: { read: 1_100, write: 0 },
  open: (rows) =>
    open((on, turn) => {
      // Published at once: how late it is, is told elsewhere.
      on.setLag(-HOUR);
      const idOf = (one: { id: string; code: string; begun: number; amount: bigint }) =>
        [one.id, one.code, Math.floor(one.begun / 1000), `USD${(Number(one.amount) / 100).toFixed(2)}`].join('/');
      const pay = (minutesAgo: number, note?: string) => {
        const { id } = on.pay({ amount: '20.00', at: NOW - minutesAgo * MINUTE, note, status: 'PENDING' });
        return idOf(on.account().transactions.find((one) => one.id === id)!);
      };
      const ids = Array.from({ length: rows }, (_, i) => pay((rows - i) * 60));
      return {
        ids: () => [...ids],
        // It is seen when the last weeks are read again, once a day.
        edit: (id) => {
          turn(DAY);
          on.settle(id.split('/')[0]!, true);
        },
        misfit: () => pay(45, 'x'.repeat(5_000)),
        forget: () => turn(4 * 365 * DAY),
      };
    }),
  operations: { list: 'search.get', fetch: 'search.get' },
  repeating,
};

const body = (n: number, note?: string) => ({
  detail: { currency_code: 'USD', invoice_number: `A-${n}`, ...(note !== undefined && { note }) },
  primary_recipients: [{ billing_info: { email_address: `p${n}@example.com` } }],
  items: [{ name: 'Plates', quantity: '2', unit_amount: { currency_code: 'USD', value: '12.50' } }],
});

export const invoices: StreamDriver = {
  rows: { read: 130, write: 0 },
  open: (rows) =>
    open((on, turn) => {
      for (let n = 0; n < rows; n++) on.addInvoice(body(n));
      turn(MINUTE);
      const misfits = new Set<string>();
      return {
        ids: () => [...on.account().invoices.keys()].filter((id) => !misfits.has(id)),
        edit: (id) =>
          on.editInvoice(id, (one) => ({ ...one, items: [{ ...body(0).items[0]!, quantity: String(on.clock.now() % 89) }] })),
        delete: (id) => on.deleteInvoice(id),
        misfit: () => {
          const { id } = on.addInvoice(body(9_999, 'x'.repeat(4_001)));
          misfits.add(id);
          return id;
        },
        forget: () => {},
      };
    }),
  operations: { list: 'invoices.list', fetch: 'invoices.get' },
  repeating,
};

export const products: StreamDriver = {
  rows: { read: 50, write: 0 },
  open: (rows) =>
    open((on, turn) => {
      const add = (n: number, more: { [member: string]: string } = {}) =>
        on.addProduct({ name: `Product ${n}`, type: 'SERVICE', ...more }).id;
      for (let n = 0; n < rows; n++) add(n);
      turn(MINUTE);
      const misfits = new Set<string>();
      return {
        ids: () => [...on.account().products.keys()].filter((id) => !misfits.has(id)),
        edit: (id) => on.editProduct(id, { description: `Edited ${on.clock.now()}` }),
        misfit: () => {
          const id = add(rows);
          on.editProduct(id, { description: 'x'.repeat(300) });
          misfits.add(id);
          return id;
        },
        forget: () => {},
      };
    }),
  operations: { list: 'products.list', fetch: 'products.get' },
  repeating,
};

export const disputes: StreamDriver = {
  rows: { read: 120, write: 0 },
  open: (rows) =>
    open((on, turn) => {
      const add = (more = {}) => on.addDispute({ transaction: '9YE45958FJ858840B', ...more }).id;
      for (let n = 0; n < rows; n++) {
        add();
        if (n % 3 === 0) turn(MINUTE);
      }
      turn(MINUTE);
      const misfits = new Set<string>();
      return {
        ids: () => [...on.account().disputes.keys()].filter((id) => !misfits.has(id)),
        edit: (id) => on.changeDispute(id, { status: 'RESOLVED', outcome: { code: 'RESOLVED_SELLER_FAVOUR' } }),
        misfit: () => {
          const id = add({ reason: 'x'.repeat(300) });
          misfits.add(id);
          return id;
        },
        forget: () => turn(200 * DAY),
      };
    }),
  operations: { list: 'disputes.list', fetch: 'disputes.get' },
  repeating,
};
