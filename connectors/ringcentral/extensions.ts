/** The stream of the account's extensions: its people, queues and menus. Read whole each time; who is absent is gone. */
import type { Context } from '#kit/context.ts';
import { numberOf, objectOf } from '#kit/json.ts';
import type { Cursor, Misfit, Page, Row, Stream } from '#kit/stream.ts';
import { ACCOUNT, ask, type Sending } from './client.ts';
import { extensionFields, extensionShape, toRow } from './extension.ts';
import { isMissing } from './faults.ts';
import { list } from './pages.ts';
import { sorted } from './records.ts';

export const extensions: Stream = {
  title: 'Extensions',
  fields: extensionFields,
  shape: 1,
  deletions: 'by absence',
  timed: false,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow,
  pull,
  fetch,
};

export const EXTENSIONS: Sending = {
  name: 'listExtensions',
  group: 'medium',
  path: `${ACCOUNT}/extension`,
  query: { perPage: 1000 },
};

/** There is no feed of changes: the end of a pass is the beginning of the next. */
async function* pull(ctx: Context, since: Cursor | null): AsyncGenerator<Page, void, void> {
  for (let page = numberOf(objectOf(since ?? undefined)?.page) ?? 1; ; page++) {
    const { records, next, total } = await list(ctx, EXTENSIONS, page);
    const last = next === undefined;
    yield {
      ...sorted(records, extensionShape),
      gone: [],
      next: last ? null : { page: next },
      last,
      ...(total !== undefined && { total }),
    };
    if (last) return;
  }
}

async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  for (const id of ids) {
    const sending = { name: 'readExtension', group: 'light', path: `${ACCOUNT}/extension/${encodeURIComponent(id)}` } as const;
    const extension = await ask(ctx, sending).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (extension === undefined) {
      found.gone.push(id);
      continue;
    }
    const { rows, misfits } = sorted([extension], extensionShape);
    found.rows.push(...rows);
    found.misfits.push(...misfits);
  }
  return found;
}
