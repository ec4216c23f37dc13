/** What RingCentral may answer on odd days: limits, and refusals of who asks. */
import { beforeEach, describe, expect, test } from 'vitest';
import { ringcentral } from '#connectors/ringcentral/index.ts';
import type { Context } from '#kit/context.ts';
import { Changed, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import { API, answerAlone, appLacks, caught, clock, context, get, lookAt, ME, rated, refusal } from './answering.ts';
import { call, START } from './fixtures.ts';

answerAlone();

describe('limits', () => {
  test('a penalty is honoured to the letter: nothing of its group is sent within it, all else goes on', async () => {
    const ctx = context();
    get(`${API}/call-log`).reply(429, refusal('CMN-301'), { ...rated, 'retry-after': '45' });
    expect(await caught(lookAt(ctx))).toMatchObject({ next: 'later', afterMs: 45_000, notSent: true });
    clock.at += 40_000;
    expect(await caught(lookAt(ctx))).toMatchObject({ next: 'later', afterMs: 5_000 });
    get(`${ME}/message-store/7`).reply(404, refusal('CMN-102'));
    expect((await ringcentral.streams.messages.fetch!(ctx, ['7'])).gone).toEqual(['7']);
    clock.at += 5_000;
    get(`${API}/call-log`).reply(200, { records: [call()] });
    expect((await lookAt(ctx)).rows).toHaveLength(1);
  });

  test('a penalty without a time is half a minute', async () => {
    get(`${API}/call-log`).reply(429, refusal('CMN-301'), rated);
    expect(await caught(lookAt(context()))).toMatchObject({ afterMs: 30_000 });
  });

  test('a refusal that counts nothing stops all of the account', async () => {
    const ctx = context();
    get(`${API}/call-log`).reply(429, '<html>Too many requests</html>');
    expect(await caught(lookAt(ctx))).toMatchObject({ afterMs: 30_000, rests: 'account' });
    expect(await caught(ringcentral.streams.messages.fetch!(ctx, ['7']))).toMatchObject({ next: 'later', afterMs: 30_000 });
    expect(await caught(ringcentral.check(ctx))).toBeInstanceOf(TryLater);
  });

  test('when the answer says that nothing remains, the window is waited for', async () => {
    const ctx = context();
    get(`${API}/call-log`).reply(200, { records: [call()] }, rated);
    await lookAt(ctx);
    expect(await caught(lookAt(ctx))).toMatchObject({ next: 'later', afterMs: 60_000 });
  });

  test('no more than ten heavy calls go out in a minute, whatever the answers say', async () => {
    const ctx = context();
    get(`${API}/call-log`)
      .times(10)
      .reply(200, { records: [call()] });
    for (let i = 0; i < 10; i++) await lookAt(ctx);
    expect(await caught(lookAt(ctx))).toBeInstanceOf(TryLater);
  });

  test.each(['CMN-302', 'CMN-303', 'CMN-304', 'CMN-310', 'MSG-305'])('%s is throttling, whatever its status', async (code) => {
    get(`${API}/call-log`).reply(403, refusal(code), { ...rated, 'retry-after': '3' });
    expect(await caught(lookAt(context()))).toMatchObject({ next: 'later', afterMs: 3_000, notSent: true });
  });

  test('a fault of theirs is tried again after two seconds, once, then left for later', async () => {
    get(`${API}/call-log`).reply(503, refusal('CMN-203'));
    get(`${API}/call-log`).reply(200, { records: [call()] });
    expect((await lookAt(context())).rows).toHaveLength(1);
    expect(clock.at - Date.parse(START)).toBe(2_000);
    get(`${API}/call-log`).times(2).reply(500, 'oops');
    expect(await caught(lookAt(context()))).toMatchObject({ next: 'later', notSent: false });
  });
});

describe('sign-in', () => {
  let tokens: string[] = [];
  beforeEach(() => {
    tokens = ['T1', 'T2', 'T3'];
  });
  const turning: Context['token'] = async (refused) => {
    if (refused === tokens[0]) tokens.shift();
    return tokens[0]!;
  };
  test('a token that died early is replaced, once; the SDK neither refreshes nor repeats of its own', async () => {
    const bearing = (token: string) => get(`${API}/call-log`).matchHeader('authorization', `Bearer ${token}`);
    bearing('T1').reply(401, refusal('OAU-128'));
    bearing('T2').reply(200, { records: [call()] });
    await lookAt(context({}, turning));
    bearing('T2').reply(401, refusal('OAU-129'));
    bearing('T3').reply(401, refusal('OAU-129'));
    expect(await caught(lookAt(context({}, turning)))).toBeInstanceOf(Reconnect);
  });

  test('two connections never share a token', async () => {
    for (const token of ['A', 'B']) {
      get(`${API}/call-log`)
        .matchHeader('authorization', `Bearer ${token}`)
        .reply(200, { records: [call()] });
    }
    await Promise.all(['A', 'B'].map((token) => lookAt(context({}, async () => token))));
  });

  test('a permission that the app lacks is named, and so is who must mend it', async () => {
    get(`${API}/call-log`).reply(403, appLacks);
    const error = await caught(lookAt(context()));
    expect(error).toBeInstanceOf(Refused);
    expect(error.advice).toContain('lacks the permission ReadCallLog');
  });

  test('who is connected, and whose calls they may read', async () => {
    const me = {
      id: 850_021_016,
      extensionNumber: '101',
      name: 'Ada',
      account: { id: '850014016' },
      contact: { email: 'ada@example.com' },
    };
    for (const [permitted, whose] of [
      [{ successful: true }, 'company'],
      [{ successful: false }, 'own'],
      [{}, undefined],
    ] as const) {
      get(ME).reply(200, me);
      get(`${ME}/authz-profile/check`, { permissionId: 'FullCompanyCallLog' }).reply(200, permitted);
      const { id, title, settings } = await ringcentral.check(context());
      expect([id, title, settings]).toEqual([
        '850021016',
        'ada@example.com',
        { account: '850014016', extension: '101', ...(whose && { calls: whose }) },
      ]);
    }
    get(ME).reply(200, me);
    get(`${ME}/authz-profile/check`).reply(404, refusal('CMN-102'));
    expect((await ringcentral.check(context())).settings).not.toHaveProperty('calls');
    get(ME).reply(200, {});
    expect(await caught(ringcentral.check(context()))).toBeInstanceOf(Changed);
  });
});
