/** Tasks of To Do: days that are moments over there, lists that come and go, and ids that a move changes. */
import { afterEach, describe, expect, test } from 'vitest';
import { toRow } from '#connectors/office365/task.ts';
import { tasks } from '#connectors/office365/tasks.ts';
import type { Row } from '#kit/stream.ts';
import type { AccountPlan } from '#test/emulators/office365/account.ts';
import { type Desk, draft, openDesk, passOf } from './desk.ts';

let desk: Desk;
afterEach(() => desk.close());
const open = async (more: Partial<AccountPlan> = {}) => {
  desk = await openDesk({ accounts: [{ email: 'ada@contoso.example', ...more }] });
};
const mine = () => desk.on.mailbox().tasks;
const done = async (one: ReturnType<typeof draft>): Promise<Row> => {
  const [outcome] = await tasks.push!(desk.ctx, [one]);
  if (outcome?.is !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.row;
};

describe('a day', () => {
  test.each([
    'Pacific/Honolulu',
    'America/Los_Angeles',
    'America/St_Johns',
    'Etc/UTC',
    'Europe/Berlin',
    'Asia/Kolkata',
    'Asia/Tokyo',
    'Australia/Sydney',
    'Pacific/Auckland',
  ])('is the same day here and in %s, in summer and winter, whoever has set it', async (zone) => {
    await open({ zone });
    for (const day of ['2026-01-15', '2026-03-08', '2026-03-29', '2026-07-15', '2026-10-25', '2026-12-31']) {
      const made = await done(draft({ title: day, due: day }, undefined, day));
      expect(made.fields.due, day).toBe(day);
      // As its owner sets it in To Do.
      mine().edit(decodeURIComponent(made.id.split('/')[1]!), { dueDateTime: { dateTime: `${day}T00:00:00`, timeZone: zone } });
      expect((await tasks.fetch!(desk.ctx, [made.id])).rows[0]!.fields.due, day).toBe(day);
    }
  });

  test('that cannot be read is told with its place', async () => {
    await open();
    const raw = { id: 'a', place: { id: 'L', name: 'Tasks' }, title: 'x', dueDateTime: { dateTime: 'soon', timeZone: 'UTC' } };
    expect(() => toRow(raw)).toThrow(/dueDateTime/);
    expect(() => toRow({ ...raw, dueDateTime: { dateTime: '2026-01-01T00:00:00', timeZone: 'Mars' } })).toThrow(/dueDateTime/);
  });
});

describe('lists', () => {
  test('every list is read but that of flagged mails; a new one within the hour; one that goes loses the cursor', async () => {
    await open({ tasks: 1 });
    const side = mine().addList('Side');
    mine().add({ title: 'On the side' }, side);
    const flagged = [...desk.on.accounts()[0]!.lists.values()].find(
      ({ wellknownListName }) => wellknownListName === 'flaggedEmails',
    )!;
    mine().add({ title: 'A mail' }, flagged.id);
    const { rows, next } = await passOf(tasks, desk.ctx);
    expect(rows.map(({ fields }) => [fields.title, fields.list])).toEqual([
      ['Task 0', 'Tasks'],
      ['On the side', 'Side'],
    ]);
    mine().add({ title: 'Later' }, mine().addList('Later'));
    desk.turn(3_600_000);
    const second = await passOf(tasks, desk.ctx, next);
    expect(second.rows.map(({ fields }) => fields.title)).toEqual(['Later']);
    mine().removeList(side);
    expect((await passOf(tasks, desk.ctx, second.next)).lost).toMatch(/\w/);
  });

  test('a task that moves is gone, and another one there: Microsoft gives it another id', async () => {
    await open({ tasks: 1 });
    const side = mine().addList('Side');
    const { rows, next } = await passOf(tasks, desk.ctx);
    mine().move(decodeURIComponent(rows[0]!.id.split('/')[1]!), side);
    const moved = await passOf(tasks, desk.ctx, next);
    expect(moved.gone).toEqual([rows[0]!.id]);
    expect(moved.rows.map(({ fields }) => [fields.title, fields.list])).toEqual([['Task 0', 'Side']]);
    expect((await tasks.fetch!(desk.ctx, [rows[0]!.id, 'nothing'])).gone).toEqual([rows[0]!.id, 'nothing']);
    expect(await tasks.remove!(desk.ctx, [moved.rows[0]!.id, 'nothing'])).toEqual([{ is: 'done' }, { is: 'gone' }]);
  });

  test('without any list nothing can be made, and the reason says so', async () => {
    await open();
    desk.on.accounts()[0]!.lists.clear();
    expect(await tasks.push!(desk.ctx, [draft({ title: 'x' })])).toMatchObject([
      { is: 'refused', reason: expect.stringContaining('list') },
    ]);
  });
});

test('what To Do does not know is written as the nearest; done says when, and a reminder is a moment', async () => {
  await open();
  const made = await done(draft({ title: 'x', status: 'cancelled', remind: '2026-03-29T06:30:00.000Z' }));
  expect(made.fields).toMatchObject({
    status: 'done',
    completed: '2026-03-01T10:00:00.000Z',
    remind: '2026-03-29T06:30:00.000Z',
  });
  const again = await done(draft({ status: 'open', remind: null }, made));
  expect([again.fields.status, again.fields.completed, again.fields.remind]).toEqual(['open', undefined, undefined]);
  mine().edit(decodeURIComponent(made.id.split('/')[1]!), {
    status: 'deferred',
    body: { contentType: 'html', content: '<p>One</p><p>two<br>three</p>' },
  });
  const [row] = (await passOf(tasks, desk.ctx)).rows;
  expect(row).toMatchObject({ fields: { status: 'waiting', notes: 'One\ntwo\nthree' }, mark: 'mark of key' });
});
