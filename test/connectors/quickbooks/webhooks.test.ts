/** Notifications: what proves them, what makes two the same, what they say. */
import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { webhooks } from '#connectors/quickbooks/webhooks.ts';
import type { Delivery } from '#kit/webhook.ts';

const SECRET = 'verifier';
const sign = (body: string, secret = SECRET) => createHmac('sha256', secret).update(body).digest('base64');
function delivery(body: unknown, signature?: string | null, method: 'GET' | 'POST' = 'POST'): Delivery {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers: { [name: string]: string } = signature === null ? {} : { 'intuit-signature': signature ?? sign(text) };
  return { method, headers, query: '', body: Buffer.from(text) };
}
const verify = (one: Delivery, secrets = [SECRET]) => webhooks.verify(one, { secrets, now: 0 });
const event = (more: object = {}) => ({
  ...{ specversion: '1.0', id: 'e1', source: 'intuit.x', type: 'qbo.invoice.updated.v1', datacontenttype: 'application/json' },
  ...{ time: '2026-03-01T10:00:00.123456789Z', intuitentityid: '12', intuitaccountid: '100', data: {} },
  ...more,
});
const legacy = (realmId: string, ...entities: object[]) => ({ realmId, dataChangeEvent: { entities } });

describe('proof', () => {
  test('the signature over the bytes as they came, by any live token', () => {
    const odd = '[ {"id" : "e1"} ]';
    expect(verify(delivery(odd))).toEqual({ is: 'genuine' });
    expect(verify(delivery(odd, sign(odd, 'older')), ['newer', 'older'])).toEqual({ is: 'genuine' });
  });
  test.each<[string, Delivery, string[]]>([
    ['no header', delivery('[]', null), [SECRET]],
    ['another token', delivery('[]', sign('[]', 'x')), [SECRET]],
    ['of another body', delivery('[]', sign('[ ]')), [SECRET]],
    ['in hexadecimal', delivery('[]', Buffer.from(sign('[]'), 'base64').toString('hex')), [SECRET]],
    ['no token is known', delivery('[]'), []],
    ['a GET', delivery('', undefined, 'GET'), [SECRET]],
  ])('%s: forged', (_what, one, secrets) => {
    expect(verify(one, secrets)).toEqual({ is: 'forged', reason: expect.stringMatching(/\w/) });
  });
});

describe('identity', () => {
  test('newer deliveries are the same when their events are; older ones may be two changes', () => {
    const identity = (body: unknown) => webhooks.identity!(delivery(body));
    expect(identity([event()])).toBe(identity([event({ time: 'x' })]));
    expect(identity([event()])).not.toBe(identity([event({ id: 'e2' })]));
    for (const body of [{ eventNotifications: [] }, [], [event({ id: undefined })], 'no json'])
      expect(identity(body)).toBeUndefined();
  });
});

describe('news', () => {
  const parse = (body: unknown) => webhooks.parse(delivery(body));

  test('of several companies, each thing once, to be looked at', () => {
    expect(
      parse([
        event(),
        event({ id: 'e2', type: 'qbo.invoice.deleted.v1' }),
        event({ id: 'e3', type: 'qbo.customer.created.v1', intuitentityid: '5', intuitaccountid: '200' }),
      ]),
    ).toEqual([
      { account: '100', is: 'touched', stream: 'invoices', id: '12' },
      { account: '200', is: 'touched', stream: 'customers', id: '5' },
    ]);
  });
  test('in the older shape, with merges: both are looked at', () => {
    const body = {
      eventNotifications: [
        legacy(
          '100',
          { name: 'CreditMemo', id: '3', operation: 'Void', lastUpdated: 'x' },
          { name: 'Account', id: '4', operation: 'Create' },
        ),
        legacy('200', { name: 'Customer', id: '5', operation: 'Merge', deletedId: '6' }),
      ],
    };
    expect(parse(body)).toEqual([
      { account: '100', is: 'touched', stream: 'creditMemos', id: '3' },
      { account: '200', is: 'touched', stream: 'customers', id: '5' },
      { account: '200', is: 'touched', stream: 'customers', id: '6' },
    ]);
  });
  test('of what there is no stream for there is none', () => {
    expect(parse([event({ type: 'qbo.vendor.updated.v1' })])).toEqual([]);
    expect(parse({ eventNotifications: [] })).toEqual([]);
  });
  test('one that is broken spoils nothing of the others, of whatever company', () => {
    const invoice = { account: '100', is: 'touched', stream: 'invoices', id: '12' };
    expect(parse([null, event({ intuitentityid: 7 }), event()])).toEqual([invoice]);
    const entities = [{ name: 'Customer' }, { name: 'Invoice', id: '12', operation: 'Update' }];
    expect(parse({ eventNotifications: [{}, legacy('100', ...entities)] })).toEqual([invoice]);
  });
  test('of names that every object bears there is no stream', () => {
    for (const name of ['constructor', '__proto__', 'toString'])
      expect(parse([event({ type: `qbo.${name}.updated.v1` }), event()])).toHaveLength(1);
  });
  test.each([['no json'], ['{}'], ['[{}]'], ['[null]'], [{ eventNotifications: [legacy('100', { name: 'Customer' })] }], ['12']])(
    'what is no notification is said so: %j',
    (body) => {
      expect(() => parse(body)).toThrow(/found .* expected/s);
    },
  );
});
