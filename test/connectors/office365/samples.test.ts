/** What was recorded of Microsoft Graph and what Microsoft documents: read as it stands. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { contactShape } from '#connectors/office365/contact.ts';
import { readDelta } from '#connectors/office365/delta.ts';
import { eventShape } from '#connectors/office365/event.ts';
import { explain, GraphFault } from '#connectors/office365/faults.ts';
import { arrived } from '#connectors/office365/records.ts';
import { taskShape } from '#connectors/office365/task.ts';
import { webhooks } from '#connectors/office365/webhooks.ts';
import { type JsonObject, objectsOf } from '#kit/json.ts';
import { contextOf, NOW } from './desk.ts';

const folder = join(resolve(process.env.VENDOR_FACTS ?? '../shared'), 'vendors/samples/microsoft');
const there = existsSync(folder);
if (!there) console.warn(`Microsoft's samples are not at ${folder}: set VENDOR_FACTS; their tests are skipped`);

const sample = (name: string): JsonObject => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));

describe.runIf(there)('samples', () => {
  test.each(['contact-get', 'contact-create-response'])('%s is a row, and its kept raw gives it again', (name) => {
    const row = arrived(contactShape, sample(name));
    expect(contactShape.toRow(JSON.parse(JSON.stringify(row.raw)))).toEqual(row);
    expect(row.fields.displayName).toMatch(/\w/);
  });

  test('a contact with empty objects, nulls and a birthday without a time', () => {
    const { fields } = arrived(contactShape, sample('contact-get'));
    expect(fields).toMatchObject({
      birthday: '1974-07-22',
      addresses: [{ type: 'work', street: '10 Contoso Way', country: 'USA' }],
      phones: [{ value: '+1 918 555 0101', type: 'work' }],
      organization: 'Contoso, Inc.',
    });
    expect(fields.note).toBeUndefined();
  });

  test('an event as it was recorded, and one in the zone it was made in', () => {
    const recorded = arrived(eventShape, sample('event-create.recorded'));
    expect(recorded.fields).toMatchObject({
      title: 'Test Meeting',
      start: { local: '2026-06-15T10:00:00', zone: 'UTC' },
      organizer: 'apinangodev@outlook.com',
      status: 'confirmed',
    });
    expect(recorded.time).toBe('2026-05-04T09:24:01.1467294Z');
    const pacific = arrived(eventShape, sample('event-create-response')).fields;
    expect(pacific).toMatchObject({
      start: { local: '2017-04-15T11:00:00', zone: 'America/Los_Angeles' },
      location: "Harry's Bar",
      attendees: [{ address: 'samanthab@contoso.onmicrosoft.com', name: 'Samantha Booth', answer: 'none' }],
    });
  });

  test('tasks of a round', () => {
    for (const task of objectsOf(sample('todotask-delta').value)) {
      const row = arrived(taskShape, { ...task, place: { id: 'L', name: 'Tasks' } });
      expect(row.fields).toMatchObject({ title: 'empty task3', status: 'open', priority: 'normal' });
    }
  });

  test.each([
    'calendarview-delta-page1',
    'calendarview-delta-empty.recorded',
    'calendarview-delta-next-round-with-tombstone',
    'todotask-delta',
    'messages-delta-next-round-with-tombstone',
  ])('%s is a page of a round', async (name) => {
    const ctx = {
      ...contextOf(
        { graph: 'http://graph.test' },
        () => NOW,
        () => {},
      ),
      call: async () => JSON.stringify(sample(name)) as never,
    };
    const { things, removed, next, done } = await readDelta(ctx, { name, group: 'mailbox', path: '/x' });
    expect(things.length + removed.length).toBe(objectsOf(sample(name).value).length);
    expect(next ?? done).toMatch(/^\/me\/.*\$(skip|delta)token=/i);
  });

  test.each([
    ['error-429', 429, 'later'],
    ['error-429-onedrive', 429, 'later'],
    ['error-generic', 416, 'refused'],
    ['error-subscription-validation', 400, 'refused'],
  ] as const)('%s says what to do next', (name, status, next) => {
    expect(explain(new GraphFault(status, sample(name), '2.128'))).toMatchObject({
      next,
      ...(next === 'later' && { afterMs: 2_128 }),
    });
  });

  test('a notification, and what concerns a subscription itself', () => {
    const delivery = (name: string) => ({
      method: 'POST' as const,
      headers: {},
      query: 'account=a&stream=events',
      body: readFileSync(join(folder, `${name}.json`)),
    });
    const proof = { secrets: ['secretClientValue', '<secretClientState>'], now: NOW };
    for (const name of ['change-notification-basic', 'lifecycle-notification-shape'])
      expect(webhooks.verify(delivery(name), proof)).toEqual({ is: 'genuine' });
    expect(webhooks.parse(delivery('lifecycle-notification-shape'))).toEqual([
      { account: 'a', is: 'expiring', subscription: '<subscription_guid>' },
    ]);
  });
});
