import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { quickbooks } from '#connectors/quickbooks/index.ts';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Context } from '#kit/context.ts';
import type { Draft, Row } from '#kit/stream.ts';
import { type Emulators, startEmulators } from './index.ts';
import { createClock } from './kit/clock.ts';
import { bookkeeper, sold } from './ledger-client.ts';
import { type Listener, listener } from './phone.ts';
import { operations } from './quickbooks/operations.ts';

const FACTS = resolve(process.env.VENDOR_FACTS ?? '../shared');
const CHECK = join(FACTS, 'tools', 'check-traffic.mjs');
let folder: string;
let hub: Listener;
let all: Emulators;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'traffic-'));
  hub = await listener();
  all = await startEmulators({
    clock: createClock(Date.parse('2026-03-01T10:00:00Z')),
    traffic: join(folder, 'traffic.jsonl'),
    quickbooks: {
      companies: [{}, { name: 'Lincoln Lights', country: 'GB', currency: 'GBP', taxes: 'global', multicurrency: true }],
      hook: { url: hub.url, secret: 'verifier' },
    },
  });
});
afterEach(async () => {
  await Promise.all([all.close(), hub.close()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Every operation, every kind of fault, both shapes of notifications. */
async function everything(): Promise<void> {
  const on = all.quickbooks;
  const api = bookkeeper(on);
  for (const entity of [
    'customer',
    'item',
    'estimate',
    'invoice',
    'creditmemo',
    'payment',
    'term',
    'taxcode',
    'account',
    'taxrate',
  ])
    await api.read(`${entity}/1`);
  await api.read('companyinfo/1');
  await api.read('preferences');
  for (const name of ['vendor', 'employee']) {
    const made = await api.write(name, { DisplayName: `Only ${name}`, GivenName: name });
    await api.read(`${name}/${Object.values(made.body)[0] && 1}`);
  }
  const doubled = await api.write('customer', { DisplayName: 'Ashgrove Gardens' });
  expect(doubled.error.code).toBe('6240');
  await api.query('select * from Invoice orderby MetaData.CreateTime startposition 1 maxresults 2');
  await api.query('select count(*) from Customer where Active in (true,false)');
  await api.changes('Customer,Invoice,Payment', on.clock.now() - 86_400_000);
  const note = await api.write('attachable', { Note: 'Look', AttachableRef: [{ EntityRef: { type: 'Invoice', value: '2' } }] });
  const id = (note.body.Attachable as { Id: string }).Id;
  await api.read(`attachable/${id}`);
  await api.write('attachable', { Id: id, SyncToken: '0' }, { operation: 'delete' });
  const form = new FormData();
  const about = { FileName: 'a.txt', ContentType: 'text/plain', AttachableRef: [{ EntityRef: { type: 'Invoice', value: '2' } }] };
  form.append('file_metadata_01', new Blob([JSON.stringify(about)], { type: 'application/json' }), 'attachment.json');
  form.append('file_content_01', new Blob(['hello'], { type: 'text/plain' }), 'a.txt');
  const uploaded = await api.call('POST', 'upload', {}, form);
  const [file] = uploaded.body.AttachableResponse as { Attachable: { Id: string } }[];
  await api.read(`download/${file!.Attachable.Id}`);
  for (const document of ['invoice', 'estimate', 'creditmemo', 'payment']) {
    await api.call('POST', `${document}/${document === 'estimate' ? 1 : 2}/send`, { sendTo: 'a@example.com' });
    await api.read(`${document}/${document === 'estimate' ? 1 : 2}/pdf`);
  }
  const made = await api.write('creditmemo', { CustomerRef: { value: '1' }, Line: [sold('1', 1, 10)] });
  await api.write('creditmemo', { Id: (made.body.CreditMemo as { Id: string }).Id, SyncToken: '0' }, { operation: 'delete' });
  on.faults.add({ kind: 'rate' });
  await api.read('customer/1');
  on.expireAccess();
  await bookkeeper(on, 'gone').read('customer/1');
  await on.settled();
  on.setHook({ url: hub.url, secret: 'verifier', shape: 'legacy' });
  on.save('Customer', { DisplayName: 'Told in the older shape' });
  on.merge('5', '4');
  await on.settled();
}

test('every operation leaves lines with the real addresses', async () => {
  await everything();
  const lines = readFileSync(join(folder, 'traffic.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const hosts = new Set(lines.filter((line) => line.kind === 'call').map((line) => new URL(line.url).host));
  expect(hosts).toEqual(new Set(['quickbooks.api.intuit.com']));
  const called = Object.keys(all.quickbooks.counters.calls);
  const never = operations.map(({ name }) => name).filter((name) => !called.includes(name));
  expect(never).toEqual([
    'batch',
    'item.write',
    'account.write',
    'term.write',
    'taxcode.write',
    'taxrate.write',
    'estimate.write',
    'invoice.write',
    'payment.write',
  ]);
  expect(Object.keys(all.quickbooks.counters.statuses).filter((status) => status.startsWith('5'))).toEqual([]);
});

function contextOf(realm: string, currency: string): Context {
  const signal = new AbortController().signal;
  const { limits, explain } = quickbooks;
  const allowance = createAllowance(all.clock.now);
  // The clock stands still: a wait is a turn of it.
  const sleep = async (ms: number) => all.clock.turn(ms);
  const { accessToken } = all.quickbooks.grant(realm);
  return {
    settings: { realm, currency, timeZone: 'America/Los_Angeles' },
    base: all.hosts.quickbooks!,
    clientId: 'a',
    signal,
    now: all.clock.now,
    token: async () => accessToken,
    call: makeCall({ limits, allowance, counted: { app: 'a', account: 'a/b' }, explain, signal, now: all.clock.now, sleep }),
  };
}

/** What the connector does: reads, writes, removes, acts, in a company with US taxes and in one without. */
async function connectorsWork(): Promise<void> {
  for (const { realm, currency } of all.quickbooks.companies()) {
    const ctx = contextOf(realm, currency);
    await quickbooks.check(ctx);
    for (const stream of Object.values(quickbooks.streams)) {
      const rows: Row[] = [];
      for await (const page of stream.pull!(ctx, null)) if (!('lost' in page)) rows.push(...page.rows);
      for await (const page of stream.pull!(ctx, { changedSince: ctx.now() - 86_400_000 })) void page;
      await stream.fetch!(
        ctx,
        rows.map(({ id }) => id),
      );
      if (stream.push === undefined || stream.remove === undefined) continue;
      const drafts = rows.slice(0, 3).map(
        (row): Draft => ({
          ...{ key: `${stream.title}-${row.id}`, mark: 'm', id: row.id, version: row.version, raw: row.raw },
          fields: touchedUp(row),
        }),
      );
      expect((await stream.push(ctx, drafts)).map(({ is }) => is)).not.toContain('refused');
      const fresh = Object.fromEntries(Object.entries(rows[0]!.fields).filter(([name]) => !stream.fields[name]!.readOnly));
      for (const unique of ['displayName', 'name', 'number'])
        if (unique in fresh) fresh[unique] = `Fresh ${stream.title.slice(0, 9)}`;
      const created = await stream.push(ctx, [
        { key: `new-${stream.title}`, mark: 'm', fields: { ...fresh, ...(stream.title === 'Payments' && { allocations: [] }) } },
      ]);
      expect(created).toMatchObject([{ is: 'done' }]);
      if (created[0]?.is === 'done') await stream.remove(ctx, [created[0].row.id]);
    }
    const { createEstimate, createInvoice, sendInvoice, recordPayment, attachFile } = quickbooks.actions;
    const money = (amount: string) => ({ amount, currency });
    const lines = [
      { item: '1', quantity: 2, unitPrice: money('10.5'), ...(currency === 'USD' ? { taxName: 'NON' } : { taxCode: '1' }) },
    ];
    const { estimate } = await createEstimate!.run(ctx, { key: 'e', customer: '1', lines });
    const { invoice } = await createInvoice!.run(ctx, { key: 'i', customer: '1', lines, estimate: estimate! });
    await sendInvoice!.run(ctx, { key: 's', invoice: invoice!, email: 'to+us@example.com' });
    await recordPayment!.run(ctx, {
      key: 'p',
      customer: '1',
      amount: money('5'),
      allocations: [{ document: `Invoice/${invoice}`, amount: money('5') }],
    });
    const content = Buffer.from('hello').toString('base64');
    await attachFile!.run(ctx, { key: 'a', to: 'Invoice', id: invoice!, name: 'a.txt', type: 'text/plain', content });
    await attachFile!.run(ctx, { key: 'l', to: 'Invoice', id: invoice!, name: 'a.txt', link: 'https://files.example/a.txt' });
  }
}

function touchedUp({ fields }: Row): Row['fields'] {
  if ('displayName' in fields)
    return { note: 'Touched', addresses: [{ type: 'billing', street: '1 Main St', city: 'Bath' }], email: null };
  if ('name' in fields)
    return {
      description: 'Touched',
      unitPrice: { amount: '3.5', currency: (fields.unitPrice as { currency: string }).currency },
    };
  return 'lines' in fields ? { note: 'Touched', lines: fields.lines! } : { note: 'Touched', reference: 'R' };
}

test.skipIf(!existsSync(CHECK))(
  'requests, answers and notifications fit Intuit’s own schemas (skipped where the vendors’ facts are not at hand)',
  async () => {
    await everything();
    await connectorsWork();
    const run = promisify(execFile)(process.execPath, [CHECK, '--json', join(folder, 'traffic.jsonl')], { maxBuffer: 1e8 });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    const { services } = JSON.parse(stdout);
    expect(services.quickbooks.violations).toEqual([]);
    expect(services.quickbooks.notJudged).toEqual({});
    const { operations: seen } = services.quickbooks;
    for (const name of [
      'batch',
      'cdc',
      'upload',
      'invoice create',
      'invoice update (sparse)',
      'payment void',
      'webhook: legacy',
      'webhook: CloudEvents',
    ])
      expect(seen).toHaveProperty([name]);
  },
);
