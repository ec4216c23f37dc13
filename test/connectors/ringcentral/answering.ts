/** RingCentral as it answers in a test: what it says of refusals and limits, and a connector that is lent a context and a clock. */
import nock from 'nock';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import { createAllowance } from '#kit/allowance.ts';
import { makeCall } from '#kit/call.ts';
import type { Context } from '#kit/context.ts';
import type { Problem } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Cursor, CursorLost, Page, Stream } from '#kit/stream.ts';
import { HOST, MEDIA, START } from './fixtures.ts';

/** The time of all of them. */
export const clock = { at: Date.parse(START) };
export const API = '/restapi/v1.0/account/~';
export const ME = `${API}/extension/~`;

export function context(settings: Values = {}, token?: Context['token']): Context {
  const { signal } = new AbortController();
  return {
    settings,
    base: { platform: HOST, media: MEDIA },
    signal,
    now: () => clock.at,
    clientId: 'app',
    token: token ?? (async () => 'T1'),
    call: makeCall({
      limits: { ...ringcentral.limits, timeout: 2_000 },
      allowance: createAllowance(() => clock.at),
      counted: { app: 'app', account: 'app/101' },
      explain: ringcentral.explain,
      signal,
      now: () => clock.at,
      sleep: async (ms) => {
        clock.at += ms;
      },
    }),
  };
}

export async function read(stream: Stream, ctx: Context, since: Cursor | null = null): Promise<(Page | CursorLost)[]> {
  const pages: (Page | CursorLost)[] = [];
  for await (const page of stream.pull!(ctx, since)) pages.push(page);
  return pages;
}
export const idsOf = (pages: (Page | CursorLost)[]) =>
  pages.map((page) => ('lost' in page ? page.lost : page.rows.map(({ id }) => id)));

export const refusal = (code: string, more: JsonObject = {}) => ({
  errorCode: code,
  message: code,
  errors: [{ errorCode: code, message: code, ...more }],
});
export const userLacks = {
  errorCode: 'InsufficientPermissions',
  message: 'x',
  errors: [{ errorCode: 'CMN-408', message: 'x', permissionName: 'ReadCompanyCallLog' }],
};
export const appLacks = {
  errorCode: 'InsufficientPermissions',
  message: 'x',
  errors: [{ errorCode: 'CMN-401', message: 'x', permissionName: 'ReadCallLog' }],
};
export const rated = {
  'x-rate-limit-group': 'heavy',
  'x-rate-limit-limit': '10',
  'x-rate-limit-remaining': '0',
  'x-rate-limit-window': '60',
};
export const synced = (records: JsonObject[], token: string, more: JsonObject = {}) => ({
  uri: HOST,
  records,
  syncInfo: { syncType: 'ISync', syncToken: token, syncTime: START, ...more },
});
export const get = (path: string, query: object | true = true) =>
  nock(HOST)
    .get(path)
    .query(query as never);
export const lookAt = (ctx: Context, id = 's-1') => ringcentral.streams.calls.fetch!(ctx, [id]);
export const caught = (asked: Promise<unknown>) =>
  asked.then(
    () => expect.unreachable(),
    (error: unknown) => error as Problem,
  );

/** Nothing else answers while a file's tests run, and each of its answers is used. */
export function answerAlone(): void {
  beforeAll(() => nock.disableNetConnect());
  beforeEach(() => {
    clock.at = Date.parse(START);
  });
  afterEach(() => {
    const left = nock.pendingMocks();
    nock.cleanAll();
    expect(left).toEqual([]);
  });
  afterAll(() => {
    nock.enableNetConnect();
    nock.restore();
  });
}
