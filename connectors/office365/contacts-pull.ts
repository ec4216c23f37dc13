/** Reading all contacts, and what changed since: folder after folder, each with a round of changes of its own. */
import type { Context } from '#kit/context.ts';
import { type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Page } from '#kit/stream.ts';
import { contactShape } from './contact.ts';
import { SELECTED } from './contact-fields.ts';
import { contactFolders, DEFAULT, deltaOf } from './contact-folders.ts';
import { readContacts } from './contacts-read.ts';
import { type DeltaPage, readDelta } from './delta.ts';
import { isMissing, isStateLost } from './faults.ts';
import { etagOf, idOf, sorted } from './records.ts';

const NAME = 'contacts.delta';

/** Where a pass stands. */
interface Position {
  /** Each with the path of its next round; none: it was never read to its end. */
  folders: { id: string; round?: string }[];
  /** Which of them is read. */
  at: number;
  /** The page within its round. */
  page?: string;
  /** When the folders were listed, ms since the epoch. */
  listed: number;
}

/** New folders come to light after so long. */
const RELIST = 3_600_000;

/** A wish (`Prefer: odata.maxpagesize`); the service may give fewer. */
const PAGE_SIZE = 500;

export async function* pull(
  ctx: Context,
  since: Cursor | null,
  known: Known = async () => new Set(),
): AsyncGenerator<Page | CursorLost, void, void> {
  let at = await begun(ctx, positionOf(since));
  if ('lost' in at) return yield at;
  const watch = watchTokens(NAME, at.page);
  for (;;) {
    const folder = at.folders[at.at]!;
    let read: DeltaPage;
    try {
      read = await readDelta(ctx, sendingOf(at.page ?? folder.round ?? `${deltaOf(folder.id)}?$select=${SELECTED.join()}`));
    } catch (error) {
      // A folder that was deleted takes its contacts with it: which they were shows when all is read again.
      if (!isStateLost(error) && !(isMissing(error) && folder.id !== DEFAULT)) throw error;
      return yield { lost: error instanceof Error ? error.message : String(error) };
    }
    if (read.next !== undefined) watch(read.next);
    const page: Page = await toPage(ctx, at, read, known);
    at = positionOf(page.next)!;
    yield page;
    if (page.last) return;
  }
}

const sendingOf = (path: string) => ({ name: NAME, group: 'mailbox' as const, path, prefer: [`odata.maxpagesize=${PAGE_SIZE}`] });

function positionOf(cursor: Cursor | null): Position | undefined {
  const kept = objectOf(cursor ?? undefined);
  if (kept === undefined) return undefined;
  const page = textOf(kept.page);
  return {
    folders: objectsOf(kept.folders).map(({ id, round }) => ({
      id: typeof id === 'string' ? id : DEFAULT,
      ...(typeof round === 'string' && { round }),
    })),
    at: numberOf(kept.at) ?? 0,
    listed: numberOf(kept.listed) ?? 0,
    ...(page !== undefined && { page }),
  };
}

/** The position to go on from, with folders that have come or gone meanwhile. */
async function begun(ctx: Context, known: Position | undefined): Promise<Position | CursorLost> {
  const inside = known !== undefined && (known.at > 0 || known.page !== undefined);
  if (known !== undefined && (inside || ctx.now() < known.listed + RELIST)) return known;
  const now = await contactFolders(ctx);
  const gone = known?.folders.find(({ id }) => !now.includes(id));
  if (gone !== undefined) return { lost: 'a folder of contacts was deleted' };
  return {
    folders: now.map((id) => known?.folders.find((one) => one.id === id) ?? { id }),
    at: 0,
    listed: ctx.now(),
  };
}

async function toPage(ctx: Context, at: Position, read: DeltaPage, known: Known): Promise<Page> {
  const { things, gone } = at.folders.length > 1 ? await withMoved(ctx, read) : { things: read.things, gone: read.removed };
  const same = await known(things.flatMap(versionOf));
  const fresh = await withMarks(
    ctx,
    things.filter((one) => !same.has(String(one.id))),
  );
  const next = follow(at, read);
  return {
    ...(await sorted(contactShape, fresh)),
    same: [...same],
    gone,
    next: { ...next, folders: next.folders.map((one) => ({ ...one })) },
    last: read.done !== undefined && at.at === at.folders.length - 1,
  };
}

function follow(at: Position, { next, done }: DeltaPage): Position {
  const { page: _, ...rest } = at;
  if (next !== undefined) return { ...rest, page: next };
  const folders = at.folders.map((one, i) => (i === at.at ? { ...one, round: done! } : one));
  return { ...rest, folders, at: (at.at + 1) % at.folders.length };
}

function versionOf(thing: JsonObject): { id: string; version: string }[] {
  const [id, version] = [idOf(thing), etagOf(thing)];
  return id === undefined || version === undefined ? [] : [{ id, version }];
}

/**
 * A contact that moves to another folder is removed from one and new in the other, in whichever order they are read: one that still is
 * somewhere is not gone.
 */
async function withMoved(
  ctx: Context,
  { things, removed }: DeltaPage,
): Promise<{ things: readonly JsonObject[]; gone: string[] }> {
  const there = await readContacts(ctx, removed);
  return { things: [...things, ...there.values()], gone: removed.filter((id) => !there.has(id)) };
}

/** A creation whose answer never came is looked for within this. */
const YOUNG = 2 * 86_400_000;

/** Rounds show no mark: contacts that are new to us and to Outlook are read once more, with theirs. */
async function withMarks(ctx: Context, things: readonly JsonObject[]): Promise<readonly JsonObject[]> {
  const young = things
    .filter((one) => Date.parse(String(one.createdDateTime)) > ctx.now() - YOUNG)
    .flatMap((one) => idOf(one) ?? []);
  if (young.length === 0) return things;
  const marked = await readContacts(ctx, young);
  return things.map((one) => marked.get(String(one.id)) ?? one);
}
