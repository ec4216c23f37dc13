/** A hub's engine over a real database and books in memory: customers, items, invoices, credit notes and payments that refer to each other. */
import { type Crm, openCrm } from '#crm/crm.ts';
import type { Fields } from '#kit/fields.ts';
import type { Stream } from '#kit/stream.ts';
import type { Mapping } from '#mappings/format.ts';
import { patchSync } from '#store/syncs.ts';
import { type Engine, openEngine } from '#sync/engine.ts';
import type { SliceEnd } from '#sync/slice.ts';
import { sharedDatabase, type TestDatabase } from '#test/database.ts';
import { MemoryService } from '#test/sync/service.ts';

const customer: Fields = {
  name: { kind: 'text', title: 'Name', required: true },
  email: { kind: 'email', title: 'E-mail' },
  parent: { kind: 'ref', title: 'Parent', to: 'books.customers' },
};
const item: Fields = { name: { kind: 'text', title: 'Name', required: true }, code: { kind: 'text', title: 'Code' } };
const allocation: Fields = {
  invoice: { kind: 'ref', title: 'Invoice', to: 'books.invoices' },
  amount: { kind: 'money', title: 'Amount' },
};
const invoice: Fields = {
  number: { kind: 'text', title: 'Number' },
  customer: { kind: 'ref', title: 'Customer', to: 'books.customers' },
  issued: { kind: 'date', title: 'Issued' },
  currency: { kind: 'text', title: 'Currency' },
  status: { kind: 'choice', title: 'Status', options: ['DRAFT', 'OPEN', 'PAID', 'VOID'] },
  total: { kind: 'money', title: 'Total' },
  balance: { kind: 'money', title: 'Balance', readOnly: true },
  term: { kind: 'text', title: 'Term' },
  lines: {
    kind: 'lines',
    title: 'Lines',
    of: {
      item: { kind: 'ref', title: 'Item', to: 'books.items' },
      text: { kind: 'text', title: 'Text' },
      amount: { kind: 'money', title: 'Amount' },
      id: { kind: 'text', title: 'Id' },
    },
  },
};
const credit: Fields = { ...invoice, allocations: { kind: 'lines', title: 'Allocations', of: allocation } };
const payment: Fields = {
  number: { kind: 'text', title: 'Number' },
  customer: { kind: 'ref', title: 'Customer', to: 'books.customers' },
  date: { kind: 'date', title: 'Date' },
  kind: { kind: 'text', title: 'Kind' },
  status: { kind: 'text', title: 'Status' },
  amount: { kind: 'money', title: 'Amount' },
  payer: { kind: 'text', title: 'Payer' },
  memo: { kind: 'text', title: 'Memo' },
  allocations: { kind: 'lines', title: 'Allocations', of: allocation },
};

const toCompany = { link: { stream: 'books.customers', object: 'company' } };
const toItem = { link: { stream: 'books.items', object: 'item' } };
const toInvoice = { link: { stream: 'books.invoices', object: 'invoice' } };
const stage = { table: { map: { OPEN: 'issued', PAID: 'issued', DRAFT: 'draft', VOID: 'void' } } };
const documentRules: Mapping['fields'] = [
  { crm: 'number', theirs: 'number' },
  { crm: 'company', theirs: 'customer', via: toCompany },
  { crm: 'issued', theirs: 'issued' },
  { crm: 'currency', theirs: 'currency' },
  { crm: 'stage', theirs: 'status', via: stage },
  { crm: 'total', theirs: 'total' },
  {
    crm: 'lines',
    theirs: 'lines',
    via: [{ rename: { fields: { text: 'description', id: 'serviceId' } } }, { each: { field: 'item', via: toItem } }],
  },
];
const allocations: Mapping['fields'][number] = {
  crm: 'allocations',
  theirs: 'allocations',
  via: { each: { field: 'invoice', via: toInvoice } },
};

export const mappings: { readonly [stream: string]: Mapping } = {
  customers: {
    ...{ from: 'books.customers', to: 'company', winner: 'theirs', create: 'both', match: [{ crm: 'email', theirs: 'email' }] },
    fields: [
      { crm: 'name', theirs: 'name' },
      { crm: 'emails', theirs: 'email', via: { item: { set: { type: 'work' } } } },
      { crm: 'parent', theirs: 'parent', via: { link: { stream: 'books.customers', object: 'company', missing: 'blank' } } },
    ],
  },
  items: {
    ...{ from: 'books.items', to: 'item', winner: 'theirs', create: 'both' },
    match: [{ crm: 'sku', theirs: 'code', strength: 'strong' }],
    fields: [
      { crm: 'name', theirs: 'name' },
      { crm: 'sku', theirs: 'code' },
    ],
  },
  invoices: {
    ...{ from: 'books.invoices', to: 'invoice', winner: 'theirs', create: 'both', only: { crm: '= record.kind == "sale"' } },
    match: [{ crm: 'number', theirs: 'number', strength: 'strong' }],
    fields: [...documentRules, { crm: 'kind', theirs: '= "sale"' }],
    states: [{ crm: 'balance', theirs: 'balance' }],
  },
  credits: {
    ...{ from: 'books.credits', to: 'invoice', winner: 'theirs', create: 'both', only: { crm: '= record.kind == "credit"' } },
    match: [{ crm: 'number', theirs: 'number', strength: 'strong' }],
    fields: [...documentRules, { crm: 'kind', theirs: '= "credit"' }, allocations],
    states: [{ crm: 'balance', theirs: 'balance' }],
  },
  payments: {
    ...{ from: 'books.payments', to: 'payment', winner: 'theirs', create: 'crm' },
    match: [{ crm: 'number', theirs: 'number', strength: 'strong' }],
    fields: [
      { crm: 'number', theirs: 'number' },
      { crm: 'company', theirs: 'customer', via: toCompany },
      { crm: 'date', theirs: 'date' },
      { crm: 'kind', theirs: 'kind', via: { table: { map: { payment: 'payment', refund: 'refund' } } } },
      { crm: 'status', theirs: 'status', via: { table: { map: { completed: 'completed', void: 'void' } } } },
      { crm: 'amount', theirs: 'amount' },
      { crm: 'payerName', theirs: 'payer' },
      { crm: 'memo', theirs: 'memo' },
      allocations,
    ],
  },
};

export type StreamName = 'customers' | 'items' | 'invoices' | 'credits' | 'payments';

/** Documents and payments stand in one account's books; with whom one deals, and in what, is the same to all. */
const BOOKED: ReadonlySet<StreamName> = new Set(['invoices', 'credits', 'payments']);

export const streamNames: readonly StreamName[] = ['customers', 'items', 'invoices', 'credits', 'payments'];

/** One account's books. */
export interface Books {
  connection: number;
  /** By stream. */
  of: Record<StreamName, MemoryService>;
  sync: Record<StreamName, number>;
}

export interface LedgerWorld {
  database: TestDatabase;
  workspace: number;
  who: { workspace: number; by: string };
  crm: Crm;
  engine: Engine;
  books: Books;
  now(): number;
  turn(ms: number): void;
  /** Streams by full name. */
  streamOf(name: string): Stream;
  connect(account: string): Promise<Books>;
  /** Preview, execute and deliver a stream. */
  begin(stream: StreamName, of?: Books): Promise<SliceEnd>;
  /** Reads and delivers until nothing is due. */
  run(stream: StreamName, of?: Books): Promise<SliceEnd>;
}

/** `own`: mappings other than the usual ones, by stream. */
export async function openLedgerWorld(own: { readonly [stream: string]: Mapping } = {}): Promise<LedgerWorld> {
  const database = await sharedDatabase();
  const workspace = await database.workspace();
  let shift = 0;
  const now = () => Date.now() + shift;
  const fields: Record<StreamName, Fields> = {
    customers: customer,
    items: item,
    invoices: invoice,
    credits: credit,
    payments: payment,
  };
  const accounts = new Map<number, Record<StreamName, MemoryService>>();
  const like = Object.fromEntries(streamNames.map((name) => [name, new MemoryService(now, name, fields[name])])) as Books['of'];
  const streams = Object.fromEntries(
    streamNames.map((name) => [name, { ...shared(accounts, name, like[name].stream), books: BOOKED.has(name) }]),
  );
  const streamOf = (name: string): Stream => streams[name.slice('books.'.length)]!;
  const crm = openCrm({ store: database.store, now, edited: (workspace, objects) => engine.edited(workspace, objects) });
  const engine: Engine = openEngine({
    ...{ store: database.store, crm, now },
    streamOf,
    streamsOf: () => streams,
    defaultMapping: (name) => ({ ...mappings, ...own })[name.slice('books.'.length)],
    log: { info: () => undefined, error: () => undefined },
    context: async (_workspace, connection, signal) => ({
      ...{ settings: { connection }, base: {}, signal, now, clientId: 'app' },
      token: async () => 'token',
      call: (_cost, send) => send(signal, () => undefined),
    }),
  });
  const connect = (account: string): Promise<Books> =>
    database.store.workspace(workspace, async (tx) => {
      const rows = await tx.query<{ id: number }>(
        `insert into connections (workspace, connector, account, title) values (current_setting('switchboard.workspace')::int, 'books', $1, $1) returning id`,
        [account],
      );
      const connection = rows[0]!.id;
      const of = Object.fromEntries(streamNames.map((name) => [name, new MemoryService(now, name, fields[name])])) as Books['of'];
      accounts.set(connection, of);
      await engine.connected(tx, { id: connection, connector: 'books', by: 'test' });
      const syncs = await tx.query<{ id: number; stream: string }>('select id, stream from syncs where connection = $1', [
        connection,
      ]);
      const sync = Object.fromEntries(syncs.map(({ id, stream }) => [stream.slice('books.'.length), id])) as Books['sync'];
      return { connection, of, sync };
    });
  const books = await connect('a');
  return {
    ...{ database, workspace, crm, engine, books, now, connect, streamOf },
    who: { workspace, by: 'person' },
    turn: (ms) => {
      shift += ms;
    },
    async begin(stream, of = books) {
      const sync = of.sync[stream];
      const begun = await engine.preview(workspace, sync, 'test');
      const problem = await begun.done;
      if (problem) throw problem;
      await engine.execute(workspace, begun.plan, 'test');
      return engine.drain(workspace, sync, 'test');
    },
    async run(stream, of = books) {
      shift += 5_000;
      const sync = of.sync[stream];
      await database.store.workspace(workspace, (tx) => patchSync(tx, sync, { pull_due: new Date(now()) }));
      return engine.drain(workspace, sync, 'test');
    },
  };
}

/** One stream for several accounts: each call goes to the books of the connection it is made for. */
function shared(accounts: ReadonlyMap<number, Record<StreamName, MemoryService>>, name: StreamName, like: Stream): Stream {
  const of = (settings: { connection?: unknown }): Required<Stream> =>
    accounts.get(Number(settings.connection))![name].stream as Required<Stream>;
  return {
    ...like,
    pull: (ctx, since) => of(ctx.settings).pull(ctx, since),
    fetch: (ctx, ids) => of(ctx.settings).fetch(ctx, ids),
    push: (ctx, drafts) => of(ctx.settings).push(ctx, drafts),
    remove: (ctx, ids) => of(ctx.settings).remove(ctx, ids),
  };
}
