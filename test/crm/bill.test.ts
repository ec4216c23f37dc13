/** An estimate or an invoice out of what was agreed: once, with all that was agreed in it. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { CrmRecord } from '#crm/core.ts';
import { type Crm, openCrm } from '#crm/crm.ts';
import { createRecords } from '#crm/write.ts';
import type { Values } from '#kit/fields.ts';
import { uuidv7 } from '#store/ids.ts';
import { type TestDatabase, testDatabase } from '#test/database.ts';

let crm: Crm;
let database: TestDatabase;
let who: { workspace: number; by: string };
const now = () => Date.parse('2026-03-04T05:06:07Z');
const eur = (amount: string) => ({ amount, currency: 'EUR' });

beforeAll(async () => {
  database = await testDatabase();
  crm = openCrm({ store: database.store, now });
  who = { workspace: await database.workspace(), by: 'person' };
});

const add = (object: string, values: Values): Promise<CrmRecord> => crm.add(who, object, values);
const deal = async (more: Values = {}): Promise<CrmRecord> => {
  const company = await add('company', { name: 'Analytical Engines' });
  return add('opportunity', { name: 'An engine', company: company.id, status: 'won', amount: eur('1200'), ...more });
};
const bill = (of: CrmRecord, wanted: 'estimate' | 'invoice', given: Values = {}) => crm.bill(who, of.id, wanted, given);

describe('out of an opportunity', () => {
  test('an estimate bears its amount as a line, its company, and the day', async () => {
    const opportunity = await deal({ status: 'open' });
    const { object, fields } = await bill(opportunity, 'estimate');
    expect(object).toBe('estimate');
    expect(fields).toMatchObject({
      company: opportunity.fields.company,
      opportunity: opportunity.id,
      issued: '2026-03-04',
      status: 'draft',
      currency: 'EUR',
      total: eur('1200'),
      lines: [{ description: 'An engine', quantity: 1, unitPrice: eur('1200'), amount: eur('1200') }],
    });
  });

  test('an invoice, with what is given in the place of what it would say', async () => {
    const { object, fields } = await bill(await deal(), 'invoice', { due: '2026-04-01', number: 'R-7' });
    expect([object, fields]).toMatchObject(['invoice', { kind: 'sale', stage: 'draft', due: '2026-04-01', number: 'R-7' }]);
    expect(fields.balance).toEqual(eur('1200'));
  });

  test('each is made once, however many ask at once', async () => {
    const opportunity = await deal();
    const asked = await Promise.allSettled(Array.from({ length: 5 }, () => bill(opportunity, 'invoice')));
    expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(bill(opportunity, 'invoice')).rejects.toMatchObject({ kind: 'conflict' });
  });

  test.each([
    [{ status: 'lost' }, 'estimate', 'is lost'],
    [{ status: 'open' }, 'invoice', 'is not won'],
    [{ status: 'won', amount: null }, 'invoice', 'has no amount'],
  ] as const)('%o gives no %s', async (more, wanted, why) => {
    await expect(bill(await deal(more), wanted)).rejects.toThrow(why);
  });

  test('each is made once, however much else refers to it', async () => {
    const opportunity = await deal();
    await bill(opportunity, 'invoice');
    const notes = Array.from({ length: 1_100 }, (_, n) => ({
      ...{ id: uuidv7(), object: 'note', fields: { text: `${n}`, opportunity: opportunity.id } },
    }));
    const before = new Date(now() - 86_400_000).toISOString();
    await database.store.workspace(who.workspace, (tx) => createRecords(tx, notes, { by: 'person', at: before }));
    await expect(bill(opportunity, 'invoice')).rejects.toMatchObject({ kind: 'conflict' });
  });

  test('what it is made out of is not given', async () => {
    const [opportunity, other] = [await deal(), await deal()];
    const given = bill(opportunity, 'invoice', { opportunity: other.id });
    await expect(given).rejects.toMatchObject({ kind: 'invalid', problems: [{ path: 'fields/opportunity' }] });
    const estimate = await bill(opportunity, 'estimate');
    await expect(bill(estimate, 'invoice', { estimate: null })).rejects.toMatchObject({
      problems: [{ path: 'fields/estimate' }],
    });
    expect((await bill(estimate, 'invoice', { estimate: estimate.id })).fields.estimate).toBe(estimate.id);
  });

  test('that has an estimate the invoice is made out of that', async () => {
    const opportunity = await deal();
    await bill(opportunity, 'estimate', { number: 'E-1' });
    await expect(bill(opportunity, 'invoice')).rejects.toMatchObject({
      message: 'No invoice can be made: An engine has Estimate E-1.',
      advice: 'Make the invoice out of the estimate.',
    });
  });
});

describe('out of an estimate', () => {
  test('an invoice bears all that was offered, and both know each other', async () => {
    const line = { description: 'Wheels', quantity: 3, unitPrice: eur('10.10'), taxPercent: 20, serviceId: '1' };
    const estimate = await bill(await deal(), 'estimate', {
      lines: [line],
      shipping: eur('5.00'),
      notes: 'Thank you',
      number: 'E-2',
    });
    const invoice = await bill(estimate, 'invoice', { number: 'R-8' });
    expect(invoice.fields).toMatchObject({
      total: estimate.fields.total!,
      shipping: eur('5.00'),
      notes: 'Thank you',
      number: 'R-8',
    });
    expect(invoice.fields).toMatchObject({ estimate: estimate.id, opportunity: estimate.fields.opportunity! });
    expect(invoice.fields.lines).toMatchObject([{ description: 'Wheels', quantity: 3 }]);
    expect(JSON.stringify(invoice.fields.lines)).not.toContain('serviceId');
    expect((await crm.get(who.workspace, estimate.id)).fields).toMatchObject({ status: 'invoiced', invoice: invoice.id });
    await expect(bill(estimate, 'invoice')).rejects.toThrow(`became invoice ${invoice.id}`);
  });

  test('is billed again when its invoice was erased, or archived', async () => {
    const opportunity = await deal();
    const estimate = await bill(opportunity, 'estimate');
    const first = await bill(estimate, 'invoice');
    await crm.eraseOne(who, first.id, first.version);
    expect((await crm.get(who.workspace, estimate.id)).fields).not.toHaveProperty('invoice');
    const second = await bill(estimate, 'invoice');
    expect((await crm.get(who.workspace, estimate.id)).fields).toMatchObject({ status: 'invoiced', invoice: second.id });
    await crm.archiveOne(who, second.id, null);
    const third = await bill(estimate, 'invoice');
    expect((await crm.get(who.workspace, estimate.id)).fields).toMatchObject({ status: 'invoiced', invoice: third.id });
    await expect(bill(estimate, 'invoice')).rejects.toThrow(`became invoice ${third.id}`);
  });

  test('that was declined gives none', async () => {
    const estimate = await bill(await deal(), 'estimate');
    await crm.change(who, estimate.id, estimate.version, 'patch', { status: 'declined' });
    await expect(bill(estimate, 'invoice')).rejects.toThrow('is declined');
    await expect(bill(estimate, 'estimate')).rejects.toMatchObject({ kind: 'invalid' });
  });
});
