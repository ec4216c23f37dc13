/** What every connector must do, looped over the registry. A connector without a driver fails here. */
import { isDeepStrictEqual } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { connectors } from '#connectors/index.ts';
import type { Connector } from '#kit/connector.ts';
import { Changed, Problem, Reconnect, TryLater } from '#kit/errors.ts';
import type { Field, Fields, Json } from '#kit/fields.ts';
import { isObject } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { Cursor, Row, Stream } from '#kit/stream.ts';
import { equal } from '#kit/values.ts';
import { type Bench, createBench, draftOf, type Reading } from './bench.ts';
import { contacts } from './drivers/gsuite.ts';
import { events } from './drivers/gsuite-events.ts';
import { files } from './drivers/gsuite-files.ts';
import { tasks } from './drivers/gsuite-tasks.ts';
import { users } from './drivers/gsuite-users.ts';
import * as office365 from './drivers/office365.ts';
import * as paypal from './drivers/paypal.ts';
import * as quickbooks from './drivers/quickbooks.ts';
import * as ringcentral from './drivers/ringcentral.ts';
import * as xero from './drivers/xero.ts';
import type { StreamDriver, World } from './world.ts';

const drivers: { readonly [connector in keyof typeof connectors]: { readonly [stream: string]: StreamDriver } } = {
  gsuite: { contacts, events, tasks, files, users },
  office365: { contacts: office365.contacts, events: office365.events, tasks: office365.tasks, users: office365.users },
  paypal: {
    transactions: paypal.transactions,
    invoices: paypal.invoices,
    products: paypal.products,
    disputes: paypal.disputes,
  },
  quickbooks: {
    terms: quickbooks.terms,
    taxCodes: quickbooks.taxCodes,
    customers: quickbooks.customers,
    items: quickbooks.items,
    estimates: quickbooks.estimates,
    invoices: quickbooks.invoices,
    creditMemos: quickbooks.creditMemos,
    payments: quickbooks.payments,
  },
  ringcentral: {
    calls: ringcentral.calls,
    messages: ringcentral.messages,
    contacts: ringcentral.contacts,
    extensions: ringcentral.extensions,
  },
  xero: {
    contacts: xero.contacts,
    items: xero.items,
    quotes: xero.quotes,
    invoices: xero.invoices,
    payments: xero.payments,
    creditNotes: xero.creditNotes,
    taxRates: xero.taxRates,
    accounts: xero.accounts,
  },
};

describe.each(Object.entries<Connector>(connectors))('%s', (name, connector) => {
  const drives: { readonly [stream: string]: StreamDriver } = drivers[name as keyof typeof drivers];

  test('the leaflet is whole', () => {
    expect(connector.name).toBe(name);
    for (const address of [connector.docs, ...Object.values(connector.base)]) expect(new URL(address).protocol).toBe('https:');
    const { auth } = connector;
    const endpoints = auth.kind === 'oauth2' ? [auth.authorize, auth.token] : [auth.token];
    for (const endpoint of endpoints) expect(connector.base).toHaveProperty(endpoint.api);
    for (const stream of Object.keys(connector.streams)) expect(connector.auth.scopes.streams).toHaveProperty(stream);
    expect(Object.keys(drives)).toEqual(Object.keys(connector.streams));
  });

  test('every error becomes one of the four, and explaining never throws', () => {
    const odd = [
      undefined,
      null,
      'text',
      42,
      {},
      new Error('x'),
      { response: {} },
      { response: { status: 200 } },
      { response: null },
    ];
    for (const error of odd) expect(connector.explain(error)).toBeInstanceOf(Problem);
    const known = new Reconnect('gone', 'sign in');
    expect(connector.explain(known)).toBe(known);
  });

  describe.each(Object.keys(connector.streams))('%s', (streamName) => {
    conform(connector, connector.streams[streamName]!, drives[streamName]!);
  });
});

function conform(connector: Connector, stream: Stream, driver: StreamDriver) {
  const { read: many, write: some } = driver.rows ?? { read: 2300, write: 450 };
  const { one, other } = driver.values ?? { one: {}, other: {} };
  const values = { one, other };
  const operations = { create: '', update: '', remove: '', ...driver.operations };
  /** There is a feed of what changed: a pass goes on from the end of the last. */
  const feeds = stream.deletions !== 'by absence';
  let world: World;
  let bench: Bench;
  /** Opens a world with so many rows, in place of the one there is. */
  async function start(rows: number, timeout?: number) {
    await stop();
    world = await driver.open(rows);
    bench = createBench(connector, stream, world, { timeout });
    stop = async () => {
      stop = async () => {};
      bench.abort.abort();
      await world.close();
    };
  }
  let stop = async () => {};
  afterAll(() => stop());

  describe('a full pass', () => {
    let whole: Reading;
    beforeAll(async () => {
      await start(many);
      whole = await bench.read();
    });

    test('says who we are', async () => {
      expect(await connector.check(bench.ctx)).toEqual(world.account);
    });

    test('a full pass has every row once, in its declared fields, and ends on the last page only', () => {
      const { rows, misfits, lasts } = whole;
      expect(rows.map((row) => row.id).sort()).toEqual(world.ids().sort());
      expect(misfits).toEqual([]);
      expect(lasts.length).toBeGreaterThan(1);
      expect(lasts).toEqual(lasts.map((_, i) => i === lasts.length - 1));
      for (const row of rows) expect(checkValues(stream.fields, row.fields)).toEqual([]);
    });

    test('the kept raw row gives the row again, after a rest as JSON', () => {
      for (const row of whole.rows.slice(0, 300)) expect(stream.toRow(JSON.parse(JSON.stringify(row.raw)))).toEqual(row);
    });

    test('a pass goes on at each of its positions', async () => {
      const ids = whole.rows.map((row) => row.id);
      for (const [n, cursor] of whole.cursors.slice(0, -1).entries()) {
        const at: Cursor = JSON.parse(JSON.stringify(cursor));
        const page = await bench.read(at, undefined, 1);
        // Where it comes to stand where the pass stood, what follows is what followed there.
        const rest = isDeepStrictEqual(page.cursors, [whole.cursors[n + 1]]) ? page : await bench.read(at);
        expect(rest.lasts.at(-1)).toBe(rest !== page || whole.lasts[n + 1]);
        expect(rest.rows.map((row) => row.id)).toEqual(ids.slice(whole.ends[n], rest === page ? whole.ends[n + 1] : undefined));
      }
    });

    test.runIf(feeds)('a sync with nothing new costs one call and changes nothing', async () => {
      const before = world.calls();
      const { rows, gone, misfits, lasts } = await bench.read(whole.cursors.at(-1));
      expect(world.calls() - before).toBe(driver.idle ?? 1);
      expect({ rows, gone, misfits, lasts }).toEqual({ rows: [], gone: [], misfits: [], lasts: [true] });
    });
  });

  describe('reading', () => {
    beforeEach(() => start(30));
    afterEach(() => stop());

    test('of rows the hub knows in this version it may make nothing; every other comes', async () => {
      const { rows } = await bench.read();
      const held = new Map(rows.slice(0, -10).map((row) => [row.id, row.version]));
      world.edit?.(rows[0]!.id);
      const again = await bench.read(
        null,
        async (asked) => new Set(asked.flatMap(({ id, version }) => (held.get(id) === version ? [id] : []))),
      );
      expect([...again.same, ...again.rows.map((row) => row.id)].sort()).toEqual(world.ids().sort());
      expect(again.rows.map((row) => row.id)).toEqual(expect.arrayContaining(rows.slice(-10).map((row) => row.id)));
      if (world.edit) expect(again.same).not.toContain(rows[0]!.id);
      for (const id of again.same) expect(held.has(id)).toBe(true);
    });

    test.runIf(stream.deletions === 'told')('a sync tells what changed and what is gone', async () => {
      const { cursors } = await bench.read();
      const [edited = '', deleted = ''] = world.ids();
      world.turn(60_000);
      world.edit!(edited);
      world.delete!(deleted);
      const { rows, gone } = await bench.read(cursors.at(-1));
      expect(rows.map((row) => row.id)).toEqual([edited]);
      expect(gone).toEqual([deleted]);
    });

    test('a changed row has another version, and a later time where times are comparable', async ({ skip }) => {
      if (world.edit === undefined) return skip('nobody can change a row there');
      const { rows, cursors } = await bench.read();
      const before = rows[0]!;
      world.turn(1000);
      world.edit(before.id);
      const after = (await bench.read(cursors.at(-1))).rows.find(({ id }) => id === before.id);
      expect(after!.fields).not.toEqual(before.fields);
      if (before.version !== undefined) expect(after!.version).not.toBe(before.version);
      if (stream.timed) expect(after!.time! > before.time!).toBe(true);
    });

    test.runIf(feeds)('a forgotten cursor is lost, at the end of a pass as in the middle', async ({ skip }) => {
      if (world.forget === undefined) return skip('no cursor is ever forgotten there');
      const { cursors } = await bench.read();
      world.forget();
      const { lost, rows } = await bench.read(cursors.at(-1));
      expect(lost).toMatch(/\w/);
      expect(rows).toEqual([]);
    });

    test('paging that repeats itself is noticed', async () => {
      const { base, end } = driver.repeating();
      const repeated = createBench(connector, stream, world, { base });
      await expect(repeated.read()).rejects.toBeInstanceOf(Changed);
      end();
    });

    test.runIf(stream.fetch)('rows are fetched by id, and those that are not there are named', async () => {
      const [a = '', b = '', c = ''] = world.ids();
      world.delete?.(b);
      const nobody = world.delete === undefined ? '4711' : b;
      const { rows, gone, misfits } = await stream.fetch!(bench.ctx, [a, nobody, c]);
      expect(rows.map((row) => row.id)).toEqual([a, c]);
      expect({ gone, misfits }).toEqual({ gone: [nobody], misfits: [] });
    });

    test.runIf(stream.fetch)('any number of rows is fetched, in the fewest calls', async () => {
      const most = stream.batch.fetch! * 2 + 1;
      await start(most);
      const ids = world.ids().slice(0, most);
      const { rows } = await stream.fetch!(bench.ctx, ids);
      expect(rows.map((row) => row.id)).toEqual(ids);
      expect(world.calls(operations.fetch)).toBe(3 + (driver.beside ?? 0));
    });
  });

  describe('bad days', () => {
    beforeEach(() => start(30, 250));
    afterEach(() => stop());

    test('a row that breaks its fields is a misfit with its problems; the rest of its page goes on', async () => {
      const id = world.misfit();
      const { rows, misfits } = await bench.read();
      expect(rows.length).toBe(30);
      expect(misfits.map((misfit) => misfit.id)).toEqual([id]);
      expect(misfits[0]!.problems[0]).toMatchObject({
        path: expect.stringMatching(/\w/),
        found: expect.any(String),
        allowed: expect.any(String),
      });
    });

    test('an answer that cannot be read is Changed', async () => {
      world.fault(operations.list, { kind: 'malformed' });
      await expect(bench.read()).rejects.toBeInstanceOf(Changed);
    });

    test.each([
      { kind: 'rate' as const, retryAfter: 1 },
      { kind: 'status' as const, status: 500 },
      { kind: 'status' as const, status: 503 },
      { kind: 'cut' as const },
      { kind: 'lost' as const },
      { kind: 'refused' as const },
      { kind: 'hang' as const },
    ])('reading goes on after $kind $status', async (trouble) => {
      world.fault(operations.list, trouble);
      expect((await bench.read()).rows.length).toBe(30);
    });

    test('a used-up quota says when, and no call is made until then', async () => {
      world.fault(operations.list, { kind: 'rate', retryAfter: 7, times: 0 });
      await expect(bench.read()).rejects.toMatchObject({ next: 'later', afterMs: 7000, notSent: true });
      const calls = world.calls();
      world.turn(3000);
      await expect(bench.read()).rejects.toMatchObject({ next: 'later', afterMs: 4000 });
      expect(world.calls()).toBe(calls);
    });

    test('a used-up quota without a time waits long enough all the same', async () => {
      world.fault(operations.list, { kind: 'rate' });
      const error = await bench.read().catch((error: unknown) => error);
      expect(error).toBeInstanceOf(TryLater);
      expect((error as TryLater).afterMs).toBeGreaterThan(2000);
    });

    test('a service that is down is tried again later', async () => {
      world.fault(operations.list, { kind: 'status', status: 503, times: 0 });
      await expect(bench.read()).rejects.toBeInstanceOf(TryLater);
    });

    test('an access token that died early is replaced', async () => {
      world.expireAccess();
      expect((await bench.read()).rows.length).toBe(30);
    });

    test('a dead sign-in is Reconnect, for reading, writing and the health check', async () => {
      const [row] = (await bench.read()).rows;
      world.revoke();
      await expect(bench.read()).rejects.toBeInstanceOf(Reconnect);
      await expect(connector.check(bench.ctx)).rejects.toBeInstanceOf(Reconnect);
      if (stream.push)
        await expect(bench.push([draftOf(values.one, driver.fixed ? undefined : row)])).rejects.toBeInstanceOf(Reconnect);
    });

    test('an abort ends the call at once with its reason', async () => {
      await start(30);
      world.fault(operations.list, { kind: 'hang', times: 0 });
      const reading = bench.read();
      await expect.poll(() => world.calls(operations.list)).toBe(1);
      bench.abort.abort(new Error('enough'));
      await expect(reading).rejects.toThrow('enough');
      await expect(bench.read()).rejects.toThrow('enough');
      expect(world.calls(operations.list)).toBe(1);
    });
  });

  describe.runIf(stream.push)('writing', () => {
    beforeEach(() => start(5, 1_000));
    afterEach(() => stop());

    const apart = new Set(driver.apart);
    const writable = Object.keys(stream.fields).filter((field) => !stream.fields[field]!.readOnly && !apart.has(field));
    const compared = Object.fromEntries(writable.map((field) => [field, stream.fields[field]!]));

    test('the driver has values for every field that may be written', () => {
      for (const set of [values.one, values.other]) expect(Object.keys(set).sort()).toEqual([...writable].sort());
    });

    test('every field goes there and comes back: created, changed, blanked', async () => {
      const created = done(await bench.push([draftOf(values.one)]))[0]!;
      expectValues(compared, created.fields, values.one, driver.given);
      if (driver.fixed) return;
      const changed = done(await bench.push([draftOf(values.other, created)]))[0]!;
      expectValues(compared, changed.fields, values.other, driver.given);
      expect(changed.id).toBe(created.id);
      const again = await stream.fetch!(bench.ctx, [changed.id]);
      expectValues(compared, again.rows[0]!.fields, values.other, driver.given);
      expect(again.rows[0]!.version).toBe(changed.version);
      const kept = new Set([...writable.filter((field) => stream.fields[field]!.required), ...(driver.neverBlank ?? [])]);
      const blanks = Object.fromEntries(writable.filter((field) => !kept.has(field)).map((field) => [field, null]));
      const blanked = done(await bench.push([draftOf(blanks, changed)]))[0]!;
      for (const field of Object.keys(blanks)) expect(blanked.fields[field], field).toBeUndefined();
    });

    test.runIf(!driver.fixed).each(writable)('%s alone changes and nothing else does', async (field) => {
      const before = done(await bench.push([draftOf(values.one)]))[0]!;
      const after = done(await bench.push([draftOf({ [field]: values.other[field]! }, before)]))[0]!;
      expectValues(compared, after.fields, { ...values.one, [field]: values.other[field]! }, driver.given);
    });

    test.runIf(!driver.fixed)('what is not declared survives every update', async () => {
      const [id = ''] = world.ids();
      world.decorate!(id);
      const before = world.decoration!(id);
      expect(before).not.toBe('');
      for (const field of writable) {
        const { rows } = await stream.fetch!(bench.ctx, [id]);
        const kept = rows[0]!.fields[field];
        const fields =
          Array.isArray(kept) && Array.isArray(values.other[field])
            ? [...kept, ...(values.other[field] as typeof kept)]
            : values.other[field]!;
        done(await bench.push([draftOf({ [field]: fields }, rows[0])]));
        expect(world.decoration!(id), field).toBe(before);
      }
    });

    test.runIf(!driver.fixed)(
      'many go in the fewest calls, one after the other, each with its own outcome in order',
      async () => {
        await start(some, 1_000);
        const { rows } = await bench.read();
        const [first = '', second = ''] = Object.keys(values.other);
        const drafts = rows.map((row, i) => draftOf({ [i % 2 ? first : second]: values.other[i % 2 ? first : second]! }, row));
        const before = world.calls(operations.update);
        const outcomes = await bench.push(drafts);
        expect(done(outcomes).map((row) => row.id)).toEqual(rows.map((row) => row.id));
        expect(world.calls(operations.update) - before).toBe(Math.ceil(rows.length / stream.batch.push!));
        const created = done(
          await bench.push(
            rows.map((_, i) => draftOf({ [first]: values.one[first]!, ...driver.fresh?.(i) }, undefined, `mark ${i}`)),
          ),
        );
        if (stream.creates.by === 'mark') expect(created.map((row) => row.mark)).toEqual(rows.map((_, i) => `mark ${i}`));
        expect(world.calls(operations.create)).toBe(Math.ceil(rows.length / (stream.batch.create ?? stream.batch.push!)));
        expect(world.overlaps()).toBe(0);
      },
    );

    test.runIf(!driver.fixed)('stale, gone and impossible drafts do not spoil the others', async () => {
      const { rows } = await bench.read();
      const [fine, stale, gone, bad] = rows;
      const { field, fields } = driver.impossible!;
      world.edit!(stale!.id);
      world.delete?.(gone!.id);
      const change = { [Object.keys(values.other)[0]!]: Object.values(values.other)[0]! };
      const outcomes = await bench.push([
        draftOf(change, fine),
        draftOf(change, stale),
        draftOf(change, gone),
        draftOf(fields, bad),
        draftOf(values.one),
      ]);
      // Without a version nobody can tell that somebody else was there meanwhile.
      const meanwhile = stale!.version === undefined ? 'done' : 'stale';
      const deleted = world.delete === undefined ? 'done' : 'gone';
      expect(outcomes.map((outcome) => outcome.is)).toEqual(['done', meanwhile, deleted, 'refused', 'done']);
      expect(outcomes[3]).toMatchObject({ field, reason: expect.stringContaining(field) });
    });

    test('a field that is not ours to write is refused', async () => {
      const locked = Object.keys(stream.fields).find((field) => stream.fields[field]!.readOnly);
      if (locked === undefined) return;
      const calls = world.calls();
      expect(await bench.push([draftOf({ [locked]: 'x' })])).toMatchObject([{ is: 'refused', field: locked }]);
      expect(world.calls()).toBe(calls);
    });

    test.runIf(!driver.fixed)('of two drafts for one row the later one is stale', async ({ skip }) => {
      const [row] = (await bench.read()).rows;
      if (row!.version === undefined) return skip('rows have no version there');
      const [field = ''] = writable;
      const outcomes = await bench.push([
        draftOf({ [field]: values.one[field]! }, row),
        draftOf({ [field]: values.other[field]! }, row),
      ]);
      expect(outcomes.map((outcome) => outcome.is)).toEqual(['done', 'stale']);
    });

    test.runIf(stream.creates.by === 'mark').each(['lost', 'cut', 'hang', 'malformed'] as const)(
      'a create whose answer is %s is unknown, sent once, and recognised by its mark',
      async (kind) => {
        const { cursors } = await bench.read();
        world.turn(1_000);
        world.fault(operations.create, { kind });
        const draft = draftOf(values.one);
        expect(await bench.push([draft])).toMatchObject([{ is: 'unknown', reason: expect.any(String) }]);
        expect(world.calls(operations.create)).toBe(1);
        if (stream.creates.by === 'mark') world.turn(stream.creates.after);
        const { rows } = await bench.read(cursors.at(-1));
        expect(rows.map((row) => row.mark)).toEqual([draft.mark]);
      },
    );

    test.runIf(stream.creates.by === 'key').each(['lost', 'cut'] as const)(
      'a create whose answer is %s is sent again under its key, and carried out once',
      async (kind) => {
        const before = world.ids().length;
        world.fault(operations.create, { kind });
        const draft = draftOf(values.one);
        const first = await bench.push([draft]); // a connector may repeat it by itself
        expect(['done', 'unknown']).toContain(first[0]!.is);
        const [created] = done(first[0]!.is === 'done' ? first : await bench.push([draft]));
        expect(world.calls(operations.create)).toBe(2);
        expect(world.ids().length).toBe(before + 1);
        expect(world.ids()).toContain(created!.id);
      },
    );

    test.runIf(stream.creates.by === 'key')('a create repeated later under the same key is the same row', async () => {
      const draft = draftOf(values.one);
      const [once] = done(await bench.push([draft]));
      const [again] = done(await bench.push([draft]));
      expect(again!.id).toBe(once!.id);
    });

    test.runIf(!driver.fixed)('an update whose answer is lost is unknown; what was not sent is tried later', async () => {
      await start(some, 1_000);
      const { rows } = await bench.read();
      const [field = ''] = writable;
      world.fault(operations.update, { kind: 'lost' });
      const outcomes = await bench.push(rows.map((row) => draftOf({ [field]: values.other[field]! }, row)));
      const most = stream.batch.push!;
      expect(outcomes.map((outcome) => outcome.is)).toEqual(rows.map((_, i) => (i < most ? 'unknown' : 'later')));
      expect(world.calls(operations.update)).toBe(1);
    });

    test('a write that was refused by a quota is not carried out, and says when', async () => {
      world.fault(operations.create, { kind: 'rate', retryAfter: 9 });
      const before = world.ids().length;
      await expect(bench.push([draftOf(values.one)])).rejects.toMatchObject({ next: 'later', afterMs: 9000 });
      expect(world.ids().length).toBe(before);
    });

    test('a write that a quota refused for a moment is sent again', async () => {
      world.fault(operations.create, { kind: 'rate', retryAfter: 1 });
      expect((await bench.push([draftOf(values.one)]))[0]).toMatchObject({ is: 'done' });
      expect(world.calls(operations.create)).toBe(2);
    });

    test('an abort in the middle of a write leaves an honest outcome', async () => {
      await start(3);
      world.fault(operations.create, { kind: 'hang' });
      const pushing = bench.push([draftOf(values.one)]);
      await expect.poll(() => world.calls(operations.create)).toBe(1);
      bench.abort.abort(new Error('enough'));
      expect(await pushing).toMatchObject([{ is: 'unknown' }]);
    });

    test.runIf(stream.remove)('rows are removed in the fewest calls, and those already gone are named', async () => {
      await start(some, 1_000);
      const ids = world.ids();
      const most = ids.length - 15;
      expect((await stream.remove!(bench.ctx, ids.slice(0, most))).every((one) => one.is === 'done')).toBe(true);
      expect(world.calls(operations.remove)).toBe(Math.ceil(most / stream.batch.remove!));
      const rest = ids.slice(most - 1, most + 10);
      expect((await stream.remove!(bench.ctx, rest)).map((one) => one.is)).toEqual(
        rest.map((_, i) => (i === 0 ? 'gone' : 'done')),
      );
      expect(world.ids()).toEqual(ids.slice(most + 10));
    });
  });
}

function done(outcomes: readonly { is: string; row?: Row }[]): Row[] {
  return outcomes.map((outcome) => {
    expect(outcome, JSON.stringify(outcome)).toMatchObject({ is: 'done' });
    return outcome.row!;
  });
}

/** The wanted values are there, and of these fields no other. Of lines, neither what is read-only nor what is given. */
function expectValues(fields: Fields, found: Row['fields'], wanted: Row['fields'], given: readonly string[] = []) {
  for (const [name, field] of Object.entries(fields)) {
    const [here, there] =
      field.kind === 'lines' ? [found[name], wanted[name]].map((one) => bare(field, one, given)) : [found[name], wanted[name]];
    expect(equal(field, here, there) ? there : here, name).toEqual(there);
  }
}

function bare({ of }: Field, value: Json | undefined, given: readonly string[]): Json | undefined {
  if (!Array.isArray(value) || of === undefined) return value;
  const parts = Object.keys(of).filter((part) => !of[part]!.readOnly && !given.includes(part));
  return value.map((line) =>
    Object.fromEntries(parts.flatMap((part) => (isObject(line) && part in line ? [[part, line[part]!]] : []))),
  );
}
