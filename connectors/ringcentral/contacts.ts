/** The stream of the contacts in somebody's own address book. */
import type { Context } from '#kit/context.ts';
import { type JsonObject, objectOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Misfit, Page, Row, Stream } from '#kit/stream.ts';
import { ask, EXTENSION } from './client.ts';
import { contactShape, toRow } from './contact.ts';
import { contactFields } from './contact-fields.ts';
import { push, remove } from './contact-writes.ts';
import { isMissing, isTokenLost } from './faults.ts';
import { recordsOf, syncTokenOf } from './pages.ts';
import { idOf, sorted } from './records.ts';

export const contacts: Stream = {
  title: 'Contacts',
  fields: contactFields,
  shape: 1,
  deletions: 'told',
  // No version and no time: nothing tells when a contact changed.
  timed: false,
  creates: { by: 'mark', after: 60_000 },
  batch: { push: 1, fetch: 1, remove: 1 },
  undo: { update: 'exact', create: 'exact', remove: 'similar' },
  personal: true,
  toRow,
  pull,
  fetch,
  push,
  remove,
};

/**
 * Where a pass stands. `syncToken`: of the last finished pass, absent while everything is read. `pageId`: the page that comes next,
 * with the token that came with the first page, so that what changes meanwhile is told by the next pass.
 */
type Position = {
  syncToken?: string;
  pageId?: string;
  first?: string;
};

const SYNC = 'syncAddressBook';
/** Most contacts of a page; and of a sync, which goes on from its own token when it had more to tell. */
const MOST = 250;

async function* pull(ctx: Context, since: Cursor | null): AsyncGenerator<Page | CursorLost, void, void> {
  let at: Position = (objectOf(since ?? undefined) as Position | undefined) ?? {};
  const watch = watchTokens(SYNC, at.pageId);
  for (;;) {
    let answer: JsonObject;
    try {
      answer = await sync(ctx, at);
    } catch (error) {
      if (!isTokenLost(error) || (at.syncToken === undefined && at.pageId === undefined)) throw error;
      yield { lost: error instanceof Error ? error.message : String(error) };
      return;
    }
    const records = recordsOf(SYNC, answer);
    const pageId = idOf(answer.nextPageId);
    const first = at.first ?? syncTokenOf(SYNC, answer);
    const more = pageId !== undefined || (at.syncToken !== undefined && at.pageId === undefined && records.length >= MOST);
    const next: Position = pageId === undefined ? { syncToken: first } : { ...at, pageId: watch(pageId), first };
    yield { ...contactsOf(records), next, last: !more };
    if (!more) return;
    at = next;
  }
}

function sync(ctx: Context, { syncToken, pageId }: Position): Promise<JsonObject> {
  const query: { [name: string]: string | number } = { syncType: syncToken === undefined ? 'FSync' : 'ISync', perPage: MOST };
  if (syncToken !== undefined) query.syncToken = syncToken;
  if (pageId !== undefined) query.pageId = pageId;
  return ask(ctx, { name: SYNC, group: 'heavy', path: `${EXTENSION}/address-book-sync`, query });
}

function contactsOf(records: readonly JsonObject[]): Pick<Page, 'rows' | 'misfits' | 'gone'> {
  const gone = records.filter((record) => !isAlive(record)).flatMap((record) => idOf(record.id) ?? []);
  return { ...sorted(records.filter(isAlive), contactShape), gone };
}

function isAlive({ availability }: JsonObject): boolean {
  return availability === undefined || availability === 'Alive';
}

async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  for (const id of ids) {
    const path = `${EXTENSION}/address-book/contact/${encodeURIComponent(id)}`;
    const contact = await ask(ctx, { name: 'readContact', group: 'heavy', path }).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (contact === undefined || !isAlive(contact)) found.gone.push(id);
    else {
      const { rows, misfits } = sorted([contact], contactShape);
      found.rows.push(...rows);
      found.misfits.push(...misfits);
    }
  }
  return found;
}
