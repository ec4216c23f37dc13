/** Tasks as they are: several lists, days that are no instants, what is ticked off on a phone. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { gsuite } from '#connectors/gsuite/index.ts';
import { Reconnect } from '#kit/errors.ts';
import type { Row, Stream } from '#kit/stream.ts';
import { type Bench, createBench, draftOf } from '../conformance/bench.ts';
import { EMAIL, signedIn } from '../conformance/drivers/gsuite.ts';
import type { World } from '../conformance/world.ts';
import type { Gsuite } from '../emulators/gsuite/contract.ts';
import type { TodoDesk } from '../emulators/gsuite/todo-desk.ts';

const stream: Stream = gsuite.streams.tasks;
let google: Gsuite;
let todo: TodoDesk;
let bench: Bench;
let world: Omit<World, 'ids' | 'misfit'>;

beforeEach(async () => {
  const on = await signedIn({});
  google = on.gsuite;
  todo = google.todo();
  world = on.world;
  bench = benchOf();
});
afterEach(() => world.close());

const benchOf = (more: Partial<World> = {}) =>
  createBench(gsuite, stream, { ...world, ids: () => [], misfit: () => '', ...more });

async function written(fields: Row['fields'], row?: Row): Promise<Row> {
  const [outcome] = await bench.push([draftOf(fields, row)]);
  expect(outcome).toMatchObject({ is: 'done' });
  return (outcome as { row: Row }).row;
}

const titles = (rows: readonly Row[]) => rows.map((row) => row.fields.title);

describe('what changed', () => {
  test('each list is asked for what is newer than its own newest change, with an overlap', async () => {
    const second = todo.addList('Errands');
    todo.add({ title: 'Old' });
    world.turn(3_600_000);
    todo.add({ title: 'Milk' }, second);
    const first = await bench.read();
    expect(first.rows.map(({ fields }) => [fields.title, fields.list])).toEqual([
      ['Old', 'My Tasks'],
      ['Milk', 'Errands'],
    ]);
    world.turn(300_000);
    expect((await bench.read(first.cursors.at(-1))).rows.map(({ fields }) => fields.title)).toEqual(['Old', 'Milk']);
    todo.add({ title: 'New' });
    const next = await bench.read(first.cursors.at(-1));
    world.turn(300_000);
    todo.add({ title: 'Newer' });
    expect(titles((await bench.read(next.cursors.at(-1))).rows)).toEqual(['New', 'Newer', 'Milk']);
    const held = async () => new Set(next.rows.map(({ id }) => id));
    expect(titles((await bench.read(next.cursors.at(-1), held)).rows)).toEqual(['Newer']);
  });

  test('what is ticked off on a phone is hidden there, and done here', async () => {
    const id = todo.add({ title: 'Call' });
    const { cursors } = await bench.read();
    todo.complete(id);
    const { rows } = await bench.read(cursors.at(-1));
    expect(rows[0]!.fields).toMatchObject({ status: 'done', completed: '2026-03-01T10:00:00.000Z' });
    const open = await written({ status: 'open' }, rows[0]);
    expect(open.fields).not.toHaveProperty('completed');
  });

  test('a deleted one is told for a while; a list that is gone is not asked for, and its tasks are found by absence', async () => {
    const second = todo.addList('Errands');
    const [a, b] = [todo.add({ title: 'A' }), todo.add({ title: 'B' }, second)];
    const { rows, cursors } = await bench.read();
    todo.delete(a);
    expect((await bench.read(cursors.at(-1))).gone).toEqual([rows[0]!.id]);
    todo.removeList(second);
    expect((await bench.read()).rows).toEqual([]);
    const { gone } = await stream.fetch!(bench.ctx, [rows[1]!.id]);
    expect(gone).toEqual([`${second}/${b}`]);
  });

  test('a list that goes in the middle of a pass makes the cursor lost', async () => {
    const second = todo.addList('Errands');
    for (let n = 0; n < 150; n++) todo.add({ title: `T${n}` });
    const [page] = (await bench.read()).cursors;
    todo.removeList(second);
    expect((await bench.read(page)).lost).toMatch(/Errands/);
  });
});

describe('what is written', () => {
  test('a day is a day, whatever zone anybody is in', async () => {
    const made = await written({ title: 'Offer', due: '2026-03-20' });
    expect(todo.list()[0]).toMatchObject({ due: '2026-03-20T00:00:00.000Z' });
    expect(made.fields).toMatchObject({ due: '2026-03-20', list: 'My Tasks' });
    todo.edit(String(todo.list()[0]!.id), { due: '2026-03-21T23:30:00-08:00' });
    expect((await bench.read()).rows[0]!.fields.due).toBe('2026-03-21');
  });

  test.each([
    ['in progress', 'open'],
    ['waiting', 'open'],
    ['cancelled', 'done'],
  ])('%s, which Google does not know, is %s there', async (status, there) => {
    expect((await written({ title: 'T', status })).fields.status).toBe(there);
  });

  test('part of another is known by it', async () => {
    const whole = todo.add({ title: 'Whole' });
    todo.add({ title: 'Part', raw: { parent: whole } });
    const { rows } = await bench.read();
    expect(rows[1]!.fields.parent).toBe(rows[0]!.id);
  });
});

test('a scope that was not allowed is named, with what to do', async () => {
  const { accessToken } = google.grant(EMAIL, ['https://www.googleapis.com/auth/contacts', 'openid']);
  const error: unknown = await benchOf({ token: async () => accessToken })
    .read()
    .catch((error: unknown) => error);
  expect(error).toBeInstanceOf(Reconnect);
  expect((error as Reconnect).advice).toMatch(/tasks: it lacks https:\/\/www\.googleapis\.com\/auth\/tasks\./);
});
