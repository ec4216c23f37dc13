/** What was recorded of QuickBooks and what Intuit documents: read as it stands. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import nock from 'nock';
import { afterEach, describe, expect, test } from 'vitest';
import { saidIn } from '#connectors/quickbooks/faults.ts';
import { quickbooks } from '#connectors/quickbooks/index.ts';
import { parseAmounts } from '#kit/exact.ts';
import { type JsonObject, objectOf, objectsOf } from '#kit/json.ts';
import { desk, HOST, NOW } from './desk.ts';

const folder = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'vendors/samples/quickbooks');
const there = existsSync(folder);
if (!there) console.warn(`QuickBooks' samples are not at ${folder}: set VENDOR_FACTS; their tests are skipped`);

const text = (name: string) => readFileSync(join(folder, `${name}.json`), 'utf8');
const sample = (name: string) => parseAmounts(text(name)) as JsonObject;
const body = (name: string): JsonObject => objectOf(objectOf(sample(name).response)?.body)!;

describe.runIf(there)('samples', () => {
  afterEach(() => nock.cleanAll());

  test.each([
    ['customer-create', 'customers', 'Customer'],
    ['customer-read', 'customers', 'Customer'],
    ['customer-update-full', 'customers', 'Customer'],
    ['invoice-create', 'invoices', 'Invoice'],
  ] as const)('%s is a row', (name, stream, entity) => {
    const row = quickbooks.streams[stream].toRow(objectOf(body(name)[entity])!);
    expect(quickbooks.streams[stream].toRow(JSON.parse(JSON.stringify(row.raw)))).toEqual(row);
  });

  test('estimates with tax, in four states', async () => {
    nock(HOST)
      .get(/.*/)
      .reply(200, JSON.stringify(body('cdc-estimates')));
    for await (const page of quickbooks.streams.estimates.pull!(desk().ctx, { changedSince: NOW - 86_400_000 })) {
      if ('lost' in page) throw new Error(page.lost);
      expect(page.misfits).toEqual([]);
      expect(page.rows.map(({ fields }) => [fields.status, fields.total, fields.tax])).toEqual([
        ['Closed', { amount: '1005', currency: 'USD' }, { amount: '0', currency: 'USD' }],
        ['Closed', { amount: '70', currency: 'USD' }, { amount: '0', currency: 'USD' }],
        ['Closed', { amount: '582.5', currency: 'USD' }, { amount: '0', currency: 'USD' }],
        ['Accepted', { amount: '351.81', currency: 'USD' }, { amount: '26.06', currency: 'USD' }],
      ]);
    }
  });

  test.each([
    ['customer-create-duplicate-6240', '6240'],
    ['error-401-expired-token', '3200'],
    ['error-2030-invalid-id', '2030'],
    ['query-error-4001', '4001'],
    ['invoice-create-unknown-property-2010', '2010'],
  ])('%s is read as %s', (name, code) => {
    expect(saidIn(body(name))).toMatchObject({ code, message: expect.stringMatching(/\w/) });
  });

  test.each([
    'webhook-cloudevents-customer-created',
    'webhook-legacy-customer-create',
    'webhook-cloudevents-account-created',
    'webhook-legacy-account-create',
  ])('%s is heard', (name) => {
    const news = quickbooks.webhooks.parse({ method: 'POST', headers: {}, query: '', body: Buffer.from(text(name)) });
    expect(news).toHaveLength(name.includes('customer') ? 1 : 0);
    if (name.includes('customer'))
      expect(news).toMatchObject([{ is: 'touched', stream: 'customers', account: expect.stringMatching(/^\d+$/) }]);
  });

  test('a page past the end, and a batch with faults among its items', () => {
    expect(body('query-page-past-end').QueryResponse).toEqual({});
    expect(objectsOf(body('batch-mixed').BatchItemResponse).map((item) => saidIn(item)?.code)).toEqual([
      undefined,
      '610',
      '5010',
      undefined,
    ]);
  });
});
