/** Change notifications of Microsoft Graph: who sent them, what they say, and the promises behind them. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { webhooks } from '#connectors/office365/webhooks.ts';
import type { Json } from '#kit/fields.ts';
import type { Delivery, Verdict } from '#kit/webhook.ts';
import { type Desk, NOW, openDesk } from './desk.ts';

const SECRET = 'a secret that nobody else has';
const ACCOUNT = '722effaf-0433-4272-9ac4-d5ec11c3cd77';
const QUERY = `account=${ACCOUNT}&stream=contacts`;

const delivery = (body: Json | undefined, query = QUERY, method: Delivery['method'] = 'POST'): Delivery => ({
  method,
  query,
  headers: { 'content-type': 'application/json' },
  body: body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body)),
});
const verdict = (one: Delivery, secrets = [SECRET]) => webhooks.verify(one, { secrets, now: NOW }) as Verdict;
const item = (more: { [name: string]: Json } = {}): { [name: string]: Json } => ({
  subscriptionId: '7f105c7d-2dc5-4530-97cd-4e7ae6534c07',
  subscriptionExpirationDateTime: '2026-03-08T09:30:00Z',
  clientState: SECRET,
  changeType: 'updated',
  resource: `Users/${ACCOUNT}@84bd8158-6d4d-4958-8b9f-9d6445542f95/Contacts/AAk=`,
  resourceData: { '@odata.type': '#Microsoft.Graph.Contact', id: 'AAk=' },
  tenantId: '84bd8158-6d4d-4958-8b9f-9d6445542f95',
  ...more,
});

describe('who sent it', () => {
  test('a greeting is answered with its token as it is, whoever asks and before anything is agreed', () => {
    const token = 'Validation: Testing <b>client</b> & co +%20é';
    expect(verdict(webhooks.greeting!(token, { secrets: [], now: NOW }), [])).toEqual({
      is: 'greeting',
      answer: { status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: token },
    });
    for (const wrong of ['', 'x'.repeat(1_025)]) {
      expect(verdict(delivery(undefined, `validationToken=${wrong}`))).toMatchObject({ is: 'forged' });
    }
  });

  test('every item bears the secret, of which two may be live', () => {
    expect(verdict(delivery({ value: [item(), item()] }))).toEqual({ is: 'genuine' });
    expect(verdict(delivery({ value: [item()] }), ['newer', SECRET])).toEqual({ is: 'genuine' });
  });

  test.each([
    ['another secret', delivery({ value: [item({ clientState: 'another' })] })],
    ['one of another secret among others', delivery({ value: [item(), item({ clientState: 'another' })] })],
    ['no secret', delivery({ value: [{ ...item(), clientState: null }] })],
    ['an empty list', delivery({ value: [] })],
    ['no list', delivery({ value: item() })],
    ['something else in the list', delivery({ value: [item(), 7] })],
    ['nothing', delivery(undefined)],
    ['no JSON', { ...delivery({}), body: Buffer.from('{"value":') }],
    ['a notification with a token', delivery({ value: [item({ clientState: 'another' })] }, 'validationToken=x')],
    ['a GET', delivery({ value: [item()] }, QUERY, 'GET')],
  ])('%s is forged', (_, one) => {
    expect(verdict(one)).toMatchObject({ is: 'forged', reason: expect.stringMatching(/\w/) });
    expect(verdict(one, [])).toMatchObject({ is: 'forged' });
  });
});

describe('what it says', () => {
  const said = (...items: { [name: string]: Json }[]) => webhooks.parse(delivery({ value: items }));
  const touched = (stream: string, id?: string) => ({ account: ACCOUNT, is: 'touched', stream, ...(id !== undefined && { id }) });
  const subscription = '7f105c7d-2dc5-4530-97cd-4e7ae6534c07';

  test('look at what changed; each item for itself, of whichever subscription it is', () => {
    const other = {
      resource: "Users('0b6ef55d-0000-4000-8000-5b1fdd2d3d3b')/events('BBk=')",
      resourceData: { '@odata.type': '#microsoft.graph.event', id: 'BBk=' },
    };
    expect(said(item(), item({ changeType: 'created' }), item(other))).toEqual([
      touched('contacts', 'AAk='),
      touched('contacts', 'AAk='),
      { ...touched('events', 'BBk='), account: '0b6ef55d-0000-4000-8000-5b1fdd2d3d3b' },
    ]);
  });

  test('of what went the stream is looked at, and an event itself', () => {
    const event = { changeType: 'deleted', resourceData: { '@odata.type': '#Microsoft.Graph.Event', id: 'BBk=' } };
    expect(said(item({ changeType: 'deleted' }), item(event))).toEqual([
      touched('contacts'),
      touched('events', 'BBk='),
      touched('events'),
    ]);
  });

  test('a subscription’s own life names neither whose it is nor of what: our address does', () => {
    const life = (lifecycleEvent: string): { [name: string]: Json } => ({
      subscriptionId: subscription,
      clientState: SECRET,
      lifecycleEvent,
    });
    expect(said(life('reauthorizationRequired'), life('subscriptionRemoved'), life('missed'))).toEqual([
      { account: ACCOUNT, is: 'expiring', subscription },
      { account: ACCOUNT, is: 'expiring', subscription },
      touched('contacts'),
    ]);
  });

  test('what is none of ours is passed over, and what cannot be read says so', () => {
    const strange = item({
      resource: `Users/${ACCOUNT}/Messages/CC=`,
      resourceData: { '@odata.type': '#Microsoft.Graph.Message', id: 'CC=' },
    });
    expect(webhooks.parse(delivery({ value: [strange] }, ''))).toEqual([]);
    expect(() => webhooks.parse(delivery({ value: [{ clientState: SECRET }] }, ''))).toThrow(/subscriptionId/);
    expect(() => webhooks.parse(delivery({ value: [] }))).toThrow(/list/);
  });
});

describe('promises', () => {
  let desk: Desk;
  let server: Server;
  let url: string;
  let heard: Delivery[];
  let verdicts: string[];
  const wanted = (more: Partial<{ secret: string; streams: string[] }> = {}) => ({
    url,
    secret: SECRET,
    streams: ['contacts', 'events', 'users'],
    ...more,
  });

  beforeEach(async () => {
    desk = await openDesk({ accounts: [{ email: 'ada@contoso.example' }] });
    heard = [];
    verdicts = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const query = request.url!.split('?', 2)[1] ?? '';
        const one: Delivery = { method: 'POST', headers: {}, query, body: Buffer.concat(chunks) };
        const said = await webhooks.verify(one, { secrets: [SECRET, 'another secret'], now: NOW });
        verdicts.push(said.is);
        if (said.is === 'genuine') heard.push(one);
        if (said.is === 'greeting') response.writeHead(said.answer.status, said.answer.headers).end(said.answer.body);
        else response.writeHead(said.is === 'genuine' ? 202 : 401).end();
      });
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/office365/x`;
  });
  afterEach(async () => {
    server.close();
    server.closeAllConnections();
    await desk.close();
  });

  const news = async () => {
    await desk.on.settled();
    return heard.splice(0).flatMap((one) => webhooks.parse(one));
  };
  const mine = () => desk.on.subscriptions.list(desk.on.accounts()[0]!);

  test('each stream is watched for a week, under one name; both addresses are greeted, and what happens is told', async () => {
    const made = await webhooks.subscribe!(desk.ctx, wanted());
    expect(mine().map(({ resource, clientState }) => [resource, clientState])).toEqual([
      ['me/contacts', SECRET],
      ['me/events', SECRET],
    ]);
    expect(made.expires).toBe(NOW + 10_080 * 60_000 - 30 * 60_000);
    expect(verdicts).toEqual(['greeting', 'greeting']);
    const mailbox = desk.on.mailbox();
    const id = mailbox.contacts.add({ givenName: 'Zoë' });
    const { id: account } = desk.on.accounts()[0]!;
    expect(await news()).toEqual([{ account, is: 'touched', stream: 'contacts', id }]);
    mailbox.contacts.delete(id);
    expect(await news()).toEqual([{ account, is: 'touched', stream: 'contacts' }]);
    expect(verdicts).not.toContain('forged');
    expect(desk.on.subscriptions.outcomes()).toEqual([202, 202]);
    await webhooks.unsubscribe!(desk.ctx, made.id);
    await webhooks.unsubscribe!(desk.ctx, made.id);
    expect(mine()).toEqual([]);
  });

  test('an address that does not greet back gets none, and none is left half made', async () => {
    const nowhere = wanted();
    await expect(webhooks.subscribe!(desk.ctx, { ...nowhere, url: 'http://127.0.0.1:4/x' })).rejects.toMatchObject({
      next: 'refused',
    });
    desk.on.faults.add({ kind: 'status', status: 403, operation: 'subscriptions.create', nth: 2 });
    await expect(webhooks.subscribe!(desk.ctx, nowhere)).rejects.toMatchObject({ next: 'refused' });
    expect(mine()).toEqual([]);
  });

  test('it is made to last; another secret, or other streams, change what there is', async () => {
    const made = await webhooks.subscribe!(desk.ctx, wanted());
    const ids = mine().map(({ id }) => id);
    desk.turn(3 * 86_400_000);
    const renewed = await webhooks.renew!(desk.ctx, made.id, wanted());
    expect([renewed.id, renewed.expires! - made.expires!]).toEqual([made.id, 3 * 86_400_000]);
    expect(mine().map(({ id }) => id)).toEqual(ids);
    const fewer = await webhooks.renew!(desk.ctx, renewed.id, wanted({ streams: ['events'] }));
    expect(mine().map(({ id }) => id)).toEqual([ids[1]]);
    const more = await webhooks.renew!(desk.ctx, fewer.id, wanted());
    expect(mine().length).toBe(2);
    const turned = await webhooks.renew!(desk.ctx, more.id, wanted({ secret: 'another secret' }));
    expect(new Set(mine().map(({ clientState }) => clientState))).toEqual(new Set(['another secret']));
    expect(turned.id).not.toBe(more.id);
  });

  test('what is renewed is known, though a former one cannot be ended: it ends by itself', async () => {
    const made = await webhooks.subscribe!(desk.ctx, wanted());
    const former = mine().map(({ id }) => id);
    desk.on.faults.add({ kind: 'status', status: 403, operation: 'subscriptions.delete' });
    const turned = await webhooks.renew!(desk.ctx, made.id, wanted({ secret: 'another secret' }));
    expect(mine().length).toBe(3);
    await webhooks.unsubscribe!(desk.ctx, turned.id);
    expect(mine().map(({ id }) => former.includes(id))).toEqual([true]);
  });

  test('one that has to be allowed anew tells nothing until it is looked at', async () => {
    const made = await webhooks.subscribe!(desk.ctx, wanted());
    desk.on.lifecycle('reauthorizationRequired');
    desk.on.mailbox().contacts.add({ givenName: 'Unheard' });
    expect((await news()).map(({ is }) => is)).toEqual(['expiring', 'expiring']);
    expect(await webhooks.look!(desk.ctx, made.id)).toEqual(made);
    desk.on.mailbox().contacts.add({ givenName: 'Heard' });
    expect((await news()).length).toBe(1);
  });

  test('one of which a part is gone is dropped; one that nobody noted is found in order to be ended', async () => {
    const made = await webhooks.subscribe!(desk.ctx, wanted());
    desk.on.subscriptions.remove(mine()[0]!);
    expect(await webhooks.look!(desk.ctx, made.id)).toMatchObject({ id: made.id, dropped: expect.stringMatching(/\w/) });
    const found = await webhooks.find!(desk.ctx, url);
    expect(found).toMatchObject({ dropped: expect.stringMatching(/\w/) });
    await webhooks.unsubscribe!(desk.ctx, found!.id);
    expect(await webhooks.look!(desk.ctx, made.id)).toBeUndefined();
    expect(await webhooks.find!(desk.ctx, url)).toBeUndefined();
  });
});
