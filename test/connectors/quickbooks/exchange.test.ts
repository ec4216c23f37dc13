/** What leaves and what is made of the answer: through the SDK, within what it does wrong. */
import nock from 'nock';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quickbooks } from '#connectors/quickbooks/index.ts';
import { Changed, type Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Row } from '#kit/stream.ts';
import { desk, HOST, path, TIME, TOKEN } from './desk.ts';

beforeEach(() => nock.disableNetConnect());
afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

const { customers, invoices, items, payments } = quickbooks.streams;
const customer = (more: object = {}) => ({
  ...{ Id: '1', SyncToken: '0', DisplayName: 'Ada', Active: true },
  MetaData: { CreateTime: '2026-01-01T10:00:00-08:00', LastUpdatedTime: '2026-01-01T10:00:00-08:00' },
  ...more,
});
const found = (entity: string, ...things: object[]) => ({
  QueryResponse: { [entity]: things, startPosition: 1, maxResults: things.length },
  time: TIME,
});
const get = () => nock(HOST).get(/.*/);

async function readAll(stream = customers, ctx = desk().ctx, since: object | null = null): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const page of stream.pull!(ctx, since as never)) if (!('lost' in page)) rows.push(...page.rows);
  return rows;
}

describe('a request', () => {
  test('names entity and minor version as the service does, and nothing it does not know', async () => {
    const seen: URL[] = [];
    nock(HOST)
      .get(/.*/)
      .reply(200, (request: Request) => {
        seen.push(new URL(request.url));
        return found('Customer');
      });
    await readAll();
    expect(Object.fromEntries(seen[0]!.searchParams)).toEqual({
      query: 'select * from Customer where Active in (true,false) orderby MetaData.CreateTime startposition 1 maxresults 1000',
      minorversion: '75',
    });
  });

  test('follows no redirect, to whatever host it leads', async () => {
    get().reply(302, '', { location: 'http://elsewhere.test/' });
    const elsewhere = nock('http://elsewhere.test').get(/.*/).reply(200, found('Customer'));
    await expect(readAll()).rejects.toBeInstanceOf(Changed);
    expect(elsewhere.isDone()).toBe(false);
  });

  test('goes under the base that is given, with a path of its own', async () => {
    const scope = nock('http://proxy.test')
      .get(/^\/qbo\/v3\/company\//)
      .reply(200, found('Customer', customer()));
    expect(await readAll(customers, desk({}, { api: 'http://proxy.test/qbo/' }).ctx)).toHaveLength(1);
    expect(scope.isDone()).toBe(true);
  });

  test.each([undefined, 'x', '1/../../2'])('needs a company that can be one: %s', async (realm) => {
    const { ctx } = desk();
    const { realm: _, ...rest } = ctx.settings;
    await expect(
      readAll(customers, { ...ctx, settings: realm === undefined ? rest : { ...rest, realm } }),
    ).rejects.toBeInstanceOf(Refused);
  });
});

describe('an answer', () => {
  test.each<[string, number, string, abstract new (...args: never[]) => Problem]>([
    [
      'a fault of the business',
      400,
      '{"Fault":{"Error":[{"Message":"m","Detail":"d","code":"2500","element":"x"}],"type":"ValidationFault"}}',
      Refused,
    ],
    [
      'a fault of the gateway',
      401,
      '{"fault":{"error":[{"message":"m","detail":"d","code":"3200"}],"type":"AUTHENTICATION"}}',
      Reconnect,
    ],
    ['no permission', 403, '{"fault":{"error":[{"message":"m","code":"120"}]}}', Reconnect],
    ['too much', 429, '{"fault":{"error":[{"message":"ThrottleExceeded","code":"003001"}]}}', TryLater],
    ['an outage in HTML', 503, '<html>down</html>', TryLater],
    ['a fault in XML', 400, '<?xml version="1.0"?><IntuitResponse/>', Changed],
    ['HTML that says it is well', 200, '<html>hello</html>', Changed],
    ['a fault that says it is well', 200, '{"Fault":{"Error":[{"Message":"m","code":"6000"}]}}', Refused],
    ['JSON that is no object', 200, '[1]', Changed],
    ['no list where one was asked for', 200, `{"QueryResponse":{"Customer":"x"},"time":"${TIME}"}`, Changed],
  ])('%s', async (_what, status, body, kind) => {
    nock(HOST).persist().get(/.*/).reply(status, body);
    const error = await readAll().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(kind);
    expect((error as Problem).advice).toMatch(/\w/);
  });

  test('a 429 says no time: all of the company’s budgets rest for a minute', async () => {
    nock(HOST).persist().get(/.*/).reply(429, {});
    const { ctx } = desk();
    await expect(readAll(customers, ctx)).rejects.toMatchObject({ afterMs: 60_000, notSent: true, rests: 'account' });
    await expect(readAll(items, ctx)).rejects.toMatchObject({ afterMs: 60_000 });
  });

  test('an error bears the trace and never the token', async () => {
    nock(HOST).persist().get(/.*/).reply(500, '{}', { 'intuit-tid': '1-abc' });
    const error = (await readAll().catch((error: unknown) => error)) as Problem;
    expect(error.message).toContain('1-abc');
    const parts = [error, error.cause].map((one) => JSON.stringify(one, Object.getOwnPropertyNames(one ?? {})));
    expect(parts.join()).not.toContain(TOKEN);
  });

  test('amounts are read digit by digit, and one that no number holds is not sent', async () => {
    const huge =
      '{"QueryResponse":{"Payment":[{"Id":"7","SyncToken":"0","CustomerRef":{"value":"1"},"TotalAmt":90071992547409931.25,"CurrencyRef":{"value":"USD"}}]},"time":"TIME"}';
    get().reply(200, huge.replace('TIME', TIME));
    const [row] = await readAll(payments);
    expect(row!.fields.amount).toEqual({ amount: '90071992547409931.25', currency: 'USD' });
    const draft = { key: 'k', mark: 'm', fields: { customer: '1', amount: { amount: '90071992547409931.25', currency: 'USD' } } };
    expect(await payments.push!(desk().ctx, [draft])).toMatchObject([
      { is: 'refused', field: 'amount', reason: expect.stringContaining('90071992547409931.25') },
    ]);
  });
});

describe('changes', () => {
  const since = (days: number) => ({ changedSince: desk().ctx.now() - days * 86_400_000 });
  async function lost(ctx = desk().ctx, cursor = since(1)): Promise<string | undefined> {
    for await (const page of invoices.pull!(ctx, cursor)) if ('lost' in page) return page.lost;
    return undefined;
  }

  test('older than the service reaches back are lost without a call', async () => {
    expect(await lost(undefined, since(30))).toMatch(/29 days/);
  });
  test('of which a thousand are told are lost: there may be more', async () => {
    const list = Array.from({ length: 1000 }, (_, i) => ({ Id: String(i), status: 'Deleted', domain: 'QBO' }));
    get().reply(200, { CDCResponse: [{ QueryResponse: [{ Invoice: list }] }], time: TIME });
    expect(await lost()).toMatch(/1000/);
  });
  test('the next ones begin a little before the service’s own clock', async () => {
    get().reply(200, { CDCResponse: [{ QueryResponse: [{}] }], time: TIME });
    for await (const page of invoices.pull!(desk().ctx, since(1))) {
      expect(page).toMatchObject({ next: { changedSince: Date.parse(TIME) - 300_000 }, last: true, rows: [], gone: [] });
    }
  });
});

describe('a full pass', () => {
  const at = (second: number) => ({
    CreateTime: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
    LastUpdatedTime: '2026-01-02T00:00:00Z',
  });
  const page = (...ids: [number, number][]) =>
    found('Customer', ...ids.map(([id, second]) => customer({ Id: String(id), MetaData: at(second) })));
  const range = (from: number, to: number, second: (id: number) => number) =>
    Array.from({ length: to - from }, (_, i): [number, number] => [from + i, second(from + i)]);

  test('goes on at the second it came to, and leaves out what it has of that', async () => {
    const second = (id: number) => Math.floor(id / 100);
    const asked: string[] = [];
    nock(HOST)
      .persist()
      .get(/.*/)
      .reply(200, (request: Request) => {
        const query = new URL(request.url).searchParams.get('query')!;
        asked.push(query);
        return query.includes('>=') ? page(...range(900, 1_500, second)) : page(...range(0, 1_000, second));
      });
    const rows = await readAll();
    expect(new Set(rows.map(({ id }) => id)).size).toBe(1_500);
    expect(rows).toHaveLength(1_500);
    expect(asked[1]).toContain("MetaData.CreateTime >= '2026-01-01T00:00:09Z'");
  });

  test('gets past a second in which more were created than a page has', async () => {
    nock(HOST)
      .persist()
      .get(/.*/)
      .reply(200, (request: Request) => {
        const query = new URL(request.url).searchParams.get('query')!;
        const start = Number(/startposition (\d+)/.exec(query)![1]);
        return page(...range(start - 1, Math.min(2_300, start + 999), () => 5));
      });
    expect(await readAll()).toHaveLength(2_300);
  });
});

test('a second in which many were created is gone on in, though some of them are deleted meanwhile', async () => {
  const MetaData = { CreateTime: '2026-01-01T00:00:05Z', LastUpdatedTime: '2026-01-02T00:00:00Z' };
  let all = Array.from({ length: 1_500 }, (_, i) => customer({ Id: String(i), MetaData }));
  const asked: number[] = [];
  nock(HOST)
    .persist()
    .get(/.*/)
    .reply(200, (request: Request) => {
      const start = Number(/startposition (\d+)/.exec(new URL(request.url).searchParams.get('query')!)![1]);
      asked.push(start);
      const page = found('Customer', ...all.slice(start - 1, start + 999));
      all = all.filter(({ Id }) => Number(Id) >= 10 || asked.length > 1);
      return page;
    });
  const rows = await readAll();
  expect(new Set(rows.map(({ id }) => id)).size).toBe(1_500);
  expect(rows).toHaveLength(1_500);
  expect(asked).toEqual([1, 1_000, 2, 1_001]);
});

test('names come with those that are inactive, as they are called; a project is told from a customer', async () => {
  get().reply(200, found('Customer', customer({ Active: false, DisplayName: 'Ada (deleted 2)', IsProject: true })));
  const [row] = await readAll();
  expect(row!.fields).toMatchObject({ displayName: 'Ada', active: false, project: true });
});

test('a balance that changed is another version, though the token is the same', async () => {
  get().reply(200, found('Customer', customer()));
  const [before] = await readAll();
  get().reply(
    200,
    found(
      'Customer',
      customer({ MetaData: { CreateTime: '2026-01-01T10:00:00-08:00', LastUpdatedTime: '2026-01-02T10:00:00-08:00' } }),
    ),
  );
  const [after] = await readAll();
  expect(after!.version).not.toBe(before!.version);
  expect(after!.version!.split(' ')[0]).toBe('0');
});

test('the company is known by its id, and what matters of its books is noted', async () => {
  nock(HOST)
    .get(path('companyinfo/9130350000010000'))
    .query(true)
    .reply(200, { CompanyInfo: { CompanyName: 'Ada Ltd', Country: 'GB', DefaultTimeZone: 'Europe/London' }, time: TIME });
  nock(HOST)
    .get(path('preferences'))
    .query(true)
    .reply(200, {
      Preferences: {
        CurrencyPrefs: { HomeCurrency: { value: 'GBP' }, MultiCurrencyEnabled: true },
        SalesFormsPrefs: { CustomTxnNumbers: true },
        AccountingInfoPrefs: { BookCloseDate: '2025-12-31' },
      },
      time: TIME,
    });
  expect(await quickbooks.check(desk().ctx)).toEqual({
    id: '9130350000010000',
    title: 'Ada Ltd',
    settings: {
      realm: '9130350000010000',
      country: 'GB',
      currency: 'GBP',
      multicurrency: true,
      numbersItself: false,
      closedUntil: '2025-12-31',
      taxes: 'global',
      timeZone: 'Europe/London',
    },
  });
});
