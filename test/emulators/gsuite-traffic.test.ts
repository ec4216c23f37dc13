/** All that the connector asks of Google, and all the emulator answers and sends, against Google's own discovery documents. */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { gsuite } from '#connectors/gsuite/index.ts';
import type { Row, Stream } from '#kit/stream.ts';
import { createBench, draftOf } from '../conformance/bench.ts';
import { events as eventValues } from '../conformance/drivers/gsuite-events.ts';
import { tasks as taskValues } from '../conformance/drivers/gsuite-tasks.ts';
import { type Emulators, startEmulators } from './index.ts';

const CHECK = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'tools', 'check-traffic.mjs');
const ADA = 'ada@example.com';
const BOB = 'bob@example.com';

/** Gives the token it was done with. */
async function everything(on: Emulators, hook: string): Promise<string> {
  const { accessToken } = on.gsuite.grant();
  const world = {
    ...{ base: on.hosts.gsuite!, now: on.clock.now, turn: on.clock.turn, token: async () => accessToken },
    account: { id: '', title: '' },
    ...{ ids: () => [], misfit: () => '', revoke: () => {}, expireAccess: () => {}, fault: () => {} },
    ...{ calls: () => 0, overlaps: () => 0, close: async () => {} },
  };
  const bench = (stream: Stream) => createBench(gsuite, stream, world);
  const written = async (stream: Stream, fields: Row['fields'], row?: Row) => {
    const [outcome] = await bench(stream).push([draftOf(fields, row)]);
    return (outcome as { row: Row }).row;
  };
  const agenda = on.gsuite.agenda();
  const { events, tasks, users, files } = gsuite.streams;
  const { ctx } = bench(events);
  const wanted = { url: hook, secret: 'secret', streams: ['events', 'files'] };
  const { id } = await gsuite.webhooks.subscribe!(ctx, wanted);
  on.gsuite.agenda(BOB).add({
    ...{ id: 'bobs1', summary: 'Invited', start: { date: '2026-03-02' }, end: { date: '2026-03-03' } },
    attendees: [{ email: ADA }],
  });
  agenda.add({
    ...{ id: 'series1', summary: 'Weekly', recurrence: ['RRULE:FREQ=WEEKLY'], visibility: 'private' },
    start: { dateTime: '2026-03-02T10:00:00', timeZone: 'Asia/Tokyo' },
    end: { dateTime: '2026-03-02T11:00:00', timeZone: 'Asia/Tokyo' },
  });
  agenda.edit('series1_20260309T010000Z', { location: 'Elsewhere' });
  agenda.delete('series1_20260316T010000Z');
  const first = await bench(events).read();
  await events.fetch!(ctx, [first.rows[0]!.id, `${ADA}/nobody1`]);
  const made = await written(events, eventValues.values!.one);
  const day = { start: null, end: null, startDate: '2026-03-02', endDate: '2026-03-04', recurrence: null };
  const changed = await written(events, day, await written(events, eventValues.values!.other, made));
  await bench(events).push([draftOf({ title: 'Stale' }, made), draftOf({ title: 'Mine' }, first.rows[0])]);
  await events.remove!(ctx, [changed.id, changed.id]);
  await bench(events).read(first.cursors.at(-1));
  on.gsuite.expireSyncTokens();
  await bench(events).read(first.cursors.at(-1));
  on.gsuite.todo().fill(130);
  const list = await bench(tasks).read();
  await written(tasks, { due: null, status: 'done' }, await written(tasks, taskValues.values!.one));
  await tasks.remove!(ctx, [list.rows[0]!.id, list.rows[0]!.id]);
  await bench(tasks).read(list.cursors.at(-1));
  on.gsuite.directory.fill(30);
  const people = await bench(users).read();
  await users.fetch!(ctx, [people.rows[0]!.id, 'nobody']);
  on.gsuite.drive().fill(30);
  const all = await bench(files).read();
  on.gsuite.drive().delete(all.rows[0]!.id);
  on.gsuite.drive().edit(all.rows[1]!.id, { name: 'Renamed' });
  await bench(files).read(all.cursors.at(-1));
  await files.fetch!(ctx, [all.rows[0]!.id, all.rows[1]!.id]);
  const renewed = await gsuite.webhooks.renew!(ctx, id, wanted);
  await gsuite.webhooks.unsubscribe!(ctx, renewed.id);
  await gsuite.webhooks.unsubscribe!(ctx, id);
  await on.gsuite.channels.settled();
  return accessToken;
}

test.skipIf(!existsSync(CHECK))(
  'calendars, tasks, files, users and channels fit the discovery documents (skipped where the vendors’ facts are not at hand)',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'traffic-'));
    const log = join(folder, 'traffic.jsonl');
    const hook = createServer((_request, response) => response.end()).listen(0, '127.0.0.1');
    const on = await startEmulators({ traffic: log, gsuite: { accounts: [{ email: ADA }, { email: BOB }] } });
    try {
      const token = await everything(on, `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`);
      const { stdout } = await promisify(execFile)(process.execPath, [CHECK, '--json', '--strict', log]);
      const { ok, violations, services } = JSON.parse(stdout);
      expect({ ok, violations }).toEqual({ ok: true, violations: 0 });
      expect(Object.keys(services.gsuite.operations)).toEqual(
        expect.arrayContaining([
          ...['calendar.calendarList.list', 'calendar.calendarList.watch', 'calendar.channels.stop', 'calendar.events.delete'],
          ...['calendar.events.get', 'calendar.events.insert', 'calendar.events.list', 'calendar.events.patch'],
          ...['calendar.events.watch', 'tasks.tasklists.get', 'tasks.tasklists.list', 'tasks.tasks.delete', 'tasks.tasks.insert'],
          ...['tasks.tasks.list', 'tasks.tasks.patch', 'directory.users.get', 'directory.users.list', 'drive.files.get'],
          ...[
            'drive.changes.getStartPageToken',
            'drive.changes.list',
            'drive.changes.watch',
            'drive.channels.stop',
            'drive.files.list',
          ],
        ]),
      );
      expect(services.gsuite.webhooks).toBeGreaterThan(3);
      expect(readFileSync(log, 'utf8')).not.toContain(token);
    } finally {
      await on.close();
      hook.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
