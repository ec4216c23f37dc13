/** What the connector really sends, and what the emulator answers, against Graph's own specification. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { office365 } from '#connectors/office365/index.ts';
import { webhooks } from '#connectors/office365/webhooks.ts';
import type { Stream } from '#kit/stream.ts';
import { contacts, events, tasks } from '#test/conformance/drivers/office365.ts';
import { type Desk, draft, openDesk, passOf } from './desk.ts';

const CHECK = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'tools', 'check-traffic.mjs');

test.skipIf(!existsSync(CHECK))(
  'requests and answers fit the specification (skipped where the vendors’ facts are not at hand)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'traffic-'));
    const log = join(folder, 'traffic.jsonl');
    const desk = await openDesk({ users: 3, accounts: [{ email: 'ada@contoso.example', rows: 3 }] }, log);
    try {
      await office365.check(desk.ctx);
      const { streams } = office365;
      for (const stream of Object.values<Stream>(streams)) {
        const { rows, next } = await passOf(stream, desk.ctx);
        await stream.fetch!(desk.ctx, [...rows.slice(0, 1).map(({ id }) => id), '4711']);
        await passOf(stream, desk.ctx, next);
      }
      const book = desk.on.mailbox().contacts;
      book.add({ givenName: 'In a folder' }, book.addFolder('Clients'));
      const made = await streams.contacts.push!(desk.ctx, [draft(contacts.values?.one ?? {})]);
      const row = made.flatMap((one) => (one.is === 'done' ? [one.row] : []))[0];
      await streams.contacts.push!(desk.ctx, [draft(contacts.values!.other, row), draft({ note: 'x' }, { ...row!, id: '4711' })]);
      await passOf(streams.contacts, desk.ctx);
      await streams.contacts.remove!(desk.ctx, [row!.id, '4711']);
      const agenda = desk.on.mailbox().events;
      agenda.addCalendar('Side project');
      const planned = await streams.events.push!(desk.ctx, [
        draft(events.values!.one),
        draft(events.values!.other, undefined, 'other'),
      ]);
      const [series, second] = planned.flatMap((one) => (one.is === 'done' ? [one.row] : []));
      agenda.except(series!.id, '2026-04-11', { subject: 'Another' });
      agenda.cancelDay(series!.id, '2026-04-25');
      const { next } = await passOf(streams.events, desk.ctx);
      const day = { startDate: '2026-04-01', endDate: '2026-04-02', start: null, end: null, recurrence: null };
      await streams.events.push!(desk.ctx, [draft(day, second), draft({ title: 'x' }, { ...second!, id: '4711' })]);
      await streams.events.push!(desk.ctx, [draft({ status: 'cancelled' }, series)]);
      desk.on.accounts()[0]!.repeats = 'refused';
      await streams.events.push!(desk.ctx, [draft(events.values!.other, undefined, 'other')]);
      await passOf(streams.events, desk.ctx, next);
      await streams.events.remove!(desk.ctx, [second!.id, '4711']);
      const todo = await streams.tasks.push!(desk.ctx, [
        draft(tasks.values!.one),
        draft({ title: 'Second' }, undefined, 'other'),
      ]);
      const [first, other] = todo.flatMap((one) => (one.is === 'done' ? [one.row] : []));
      await streams.tasks.push!(desk.ctx, [draft(tasks.values!.other, first), draft({ due: null, remind: null }, other)]);
      await passOf(streams.tasks, desk.ctx);
      await streams.tasks.fetch!(desk.ctx, [first!.id]);
      await streams.tasks.remove!(desk.ctx, [first!.id]);
      await subscribed(desk);

      const args = [CHECK, '--json', '--strict', log];
      const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e8 }).catch(
        (error: { stdout: string }) => error,
      );
      const { violations, operations, notJudged } = JSON.parse(stdout).services.office365;
      expect(violations).toEqual([]);
      expect(notJudged).toEqual({});
      expect(Object.keys(operations)).toEqual(
        expect.arrayContaining([
          ...[
            '$batch',
            'GET /me',
            'GET /me/contacts/delta()',
            'GET /me/contactFolders',
            'GET /users/delta()',
            'GET /users/{user-id}',
          ],
          'GET /me/contactFolders/{contactFolder-id}/contacts/delta()',
          ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /me/contacts/{contact-id}`),
          'POST /me/contacts',
          ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /me/events/{event-id}`),
          ...['POST /me/events', 'GET /me/events', 'POST /me/events/{event-id}/cancel', 'GET /me/calendars'],
          'GET /me/calendarView/delta()',
          ...[
            'GET /me/todo/lists',
            'POST /me/todo/lists/{todoTaskList-id}/tasks',
            'GET /me/todo/lists/{todoTaskList-id}/tasks/delta()',
          ],
          ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /me/todo/lists/{todoTaskList-id}/tasks/{todoTask-id}`),
          ...['GET', 'PATCH', 'DELETE'].map((method) => `${method} /subscriptions/{subscription-id}`),
          ...['POST /subscriptions', 'GET /subscriptions', 'POST /subscriptions/{subscription-id}/reauthorize'],
          ...['webhook: validation handshake', 'webhook: change notification', 'webhook: lifecycle notification'],
          'GET /me/calendars/{calendar-id}/calendarView/delta()',
        ]),
      );
    } finally {
      await desk.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);

/** Promises from their making to their end, and what they tell meanwhile. */
async function subscribed({ ctx, on }: Desk): Promise<void> {
  const server = createServer((request, response) => {
    const token = new URL(request.url!, 'http://hub').searchParams.get('validationToken');
    response.writeHead(token === null ? 202 : 200, { 'content-type': 'text/plain' }).end(token ?? '');
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/office365/x`;
  const wanted = { url, secret: 'state', streams: ['contacts', 'events'] };
  const { id } = await webhooks.subscribe!(ctx, wanted);
  on.mailbox().contacts.add({ givenName: 'Told' });
  await on.settled();
  on.lifecycle('reauthorizationRequired');
  await on.settled();
  await webhooks.look!(ctx, id);
  await webhooks.find!(ctx, url);
  await webhooks.renew!(ctx, id, wanted);
  await webhooks.unsubscribe!(ctx, id);
  server.close();
  server.closeAllConnections();
}
