/** The stream of the firm's people, as its directory has them. Read only. */
import type { Context } from '#kit/context.ts';
import { objectOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Misfit, Page, Row, Stream } from '#kit/stream.ts';
import { type DeltaPage, readDelta } from './delta.ts';
import { isStateLost } from './faults.ts';
import { readByIds } from './reading.ts';
import { sorted } from './records.ts';
import { SELECTED, toRow, userFields, userShape } from './user.ts';

export const users: Stream = {
  title: 'Users',
  fields: userFields,
  shape: 1,
  deletions: 'told',
  timed: false,
  creates: { by: 'nothing' },
  batch: { fetch: 20 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow,
  pull,
  fetch,
};

const NAME = 'users.delta';

/** `$select` decides what is tracked. The directory gives pages of the size it likes. */
const FIRST = `/users/delta?$select=${SELECTED.join()}`;

async function* pull(ctx: Context, since: Cursor | null): AsyncGenerator<Page | CursorLost, void, void> {
  let path = textOf(objectOf(since ?? undefined)?.path) ?? FIRST;
  const watch = watchTokens(NAME, path);
  for (;;) {
    let read: DeltaPage;
    try {
      read = await readDelta(ctx, { name: NAME, group: 'directory', path });
    } catch (error) {
      if (!isStateLost(error)) throw error;
      return yield { lost: error instanceof Error ? error.message : String(error) };
    }
    path = read.next === undefined ? read.done! : watch(read.next);
    const last = read.next === undefined;
    yield { ...(await sorted(userShape, read.things)), gone: [...read.removed], next: { path }, last };
    if (last) return;
  }
}

async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const url = (id: string) => `/users/${id}?$select=${SELECTED.join()}`;
  const there = await readByIds(ctx, 'users.get', 'directory', ids, (id) => ({ method: 'GET', url: url(id) }));
  return { ...(await sorted(userShape, [...there.values()])), gone: ids.filter((id) => !there.has(id)) };
}
