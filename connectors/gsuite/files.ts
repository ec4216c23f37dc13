/** The stream of the files an account can see, in its own drive and in shared ones. */
import type { drive_v3 } from 'googleapis/build/src/apis/drive/index.js';
import type { Context } from '#kit/context.ts';
import { Changed, Refused, TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Misfit, Page, Row, Stream } from '#kit/stream.ts';
import { askDrive, type Send } from './client.ts';
import { faultOf, isMissing } from './faults.ts';
import { FILE_FIELDS, fileFields, fileOf, fileShape, isFile, NO_FILES, toFileRow } from './file.ts';
import { isName, sorted } from './records.ts';

export const files: Stream = {
  title: 'Files',
  fields: fileFields,
  shape: 1,
  deletions: 'told',
  timed: false,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  personal: true,
  toRow: toFileRow,
  pull,
  fetch,
};

const ALL = { supportsAllDrives: true, includeItemsFromAllDrives: true };

/** Where a pass stands: in the list of all files, with the token its changes will begin at; or in the changes. */
type Position = { start: string; pageToken?: string } | { changes: string };

async function* pull(
  ctx: Context,
  since: Cursor | null,
  known: Known = async () => new Set(),
): AsyncGenerator<Page | CursorLost, void, void> {
  let at = positionOf(since) ?? { start: await startToken(ctx) };
  const first = 'changes' in at ? at.changes : at.pageToken;
  const watch = watchTokens('changes' in at ? CHANGES : LIST, first);
  for (;;) {
    let page: Page & { next: JsonObject };
    try {
      page = 'changes' in at ? await changesPage(ctx, at.changes, watch, known) : await listPage(ctx, at, watch, known);
    } catch (error) {
      const dead = isMissing(error) || (error instanceof Refused && faultOf(error)?.http === 400);
      if (first === undefined || !dead) throw error;
      yield { lost: error instanceof Error ? error.message : String(error) };
      return;
    }
    yield page;
    if (page.last) return;
    at = positionOf(page.next)!;
  }
}

function positionOf(cursor: Cursor | null): Position | undefined {
  const { start, pageToken, changes } = objectOf(cursor ?? undefined) ?? {};
  if (typeof changes === 'string') return { changes };
  if (typeof start !== 'string') return undefined;
  return { start, ...(typeof pageToken === 'string' && { pageToken }) };
}

/** Taken before the first list, so that nothing is lost that happens meanwhile. */
export async function startToken(ctx: Context): Promise<string> {
  const name = 'drive.changes.getStartPageToken';
  const answer = await askDrive(
    ctx,
    { name, group: 'drive', units: 5 },
    (api, sent) => api.changes.getStartPageToken({ supportsAllDrives: true }, sent),
    { repeatable: true },
  );
  const token = textOf(answer.startPageToken);
  if (token === undefined)
    throw new Changed(`${name}: no startPageToken in the answer`, 'Google answers in a way we do not know. Tell the maintainer.');
  return token;
}

const LIST = 'drive.files.list';
const CHANGES = 'drive.changes.list';

async function listPage(
  ctx: Context,
  { start, pageToken }: { start: string; pageToken?: string },
  watch: (token: string) => string,
  known: Known,
): Promise<Page & { next: JsonObject }> {
  const answer = await ask(ctx, LIST, (api, sent) =>
    api.files.list(
      {
        ...{ ...ALL, corpora: 'allDrives', pageSize: 1000, q: `trashed = false and ${NO_FILES}` },
        fields: `nextPageToken,incompleteSearch,files(${FILE_FIELDS})`,
        ...(pageToken && { pageToken }),
      },
      sent,
    ),
  );
  const found = listOf(answer, 'files', LIST);
  if (answer.incompleteSearch === true) throw unsearched();
  const next = textOf(answer.nextPageToken);
  const after: JsonObject = next === undefined ? { changes: start } : { start, pageToken: watch(next) };
  return { ...(await toPage(found, known)), gone: [], next: after, last: next === undefined };
}

async function changesPage(
  ctx: Context,
  pageToken: string,
  watch: (token: string) => string,
  known: Known,
): Promise<Page & { next: JsonObject }> {
  const answer = await ask(ctx, CHANGES, (api, sent) =>
    api.changes.list(
      {
        ...{ ...ALL, includeRemoved: true, pageSize: 1000, pageToken },
        fields: `nextPageToken,newStartPageToken,changes(changeType,removed,fileId,file(${FILE_FIELDS}))`,
      },
      sent,
    ),
  );
  // A change of a shared drive itself says nothing of its files: these are told one by one.
  const changes = listOf(answer, 'changes', CHANGES).filter((change) => objectOf(change)?.changeType !== 'drive');
  const next = textOf(answer.nextPageToken);
  const done = textOf(answer.newStartPageToken);
  if (next === undefined && done === undefined)
    throw new Changed(
      `${CHANGES}: neither nextPageToken nor newStartPageToken`,
      'Google answers in a way we do not know. Tell the maintainer.',
    );
  const isGone = (change: Json) => objectOf(change)?.removed === true || fileOf(change)?.trashed === true;
  const gone = changes.filter(isGone).flatMap((change) => textOf(objectOf(change)?.fileId) ?? []);
  const here = changes.filter((change) => !isGone(change)).map(fileOf);
  const position: JsonObject = { changes: next === undefined ? done! : watch(next) };
  return {
    ...(await toPage(here.filter((file) => file !== undefined && isFile(file)) as JsonObject[], known)),
    gone,
    next: position,
    last: next === undefined,
  };
}

/** Single drives could be searched instead, but those who may read what describes files may not list their drives (drives.list). */
const unsearched = (): TryLater =>
  new TryLater(
    `${LIST}: found incompleteSearch, true; expected a search of all drives`,
    'Google could not look into all shared drives. It is tried again by itself; if it stays so, this account sees more drives than Google searches at once.',
    UNSEARCHED_MS,
    false,
  );
const UNSEARCHED_MS = 10 * 60_000;

function listOf(answer: JsonObject, member: string, name: string): Json[] {
  const list = answer[member];
  if (Array.isArray(list)) return list;
  throw new Changed(
    `${name}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected '${member}' as a list`,
    'Google answers in a way we do not know. Tell the maintainer.',
  );
}

async function toPage(found: readonly Json[], known: Known): Promise<Pick<Page, 'rows' | 'misfits' | 'same'>> {
  const versions = found.flatMap((file) => {
    const { id, version } = objectOf(file) ?? {};
    return typeof id === 'string' && isName(id) && typeof version === 'string' && isName(version) ? [{ id, version }] : [];
  });
  const same = await known(versions);
  const fresh = found.filter((file) => !same.has(textOf(objectOf(file)?.id) ?? ''));
  return { ...(await sorted(fileShape, fresh)), same: [...same] };
}

/** Rows by id; what lies in the bin is gone. */
async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  for (const fileId of ids) {
    const file = await askDrive(
      ctx,
      { name: 'drive.files.get', group: 'drive', units: 5 },
      (api, sent) => api.files.get({ fileId, supportsAllDrives: true, fields: FILE_FIELDS }, sent),
      { repeatable: true },
    ).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (file === undefined || !isFile(file)) found.gone.push(fileId);
    else {
      const { rows, misfits } = await sorted(fileShape, [file]);
      found.rows.push(...rows);
      found.misfits.push(...misfits);
    }
  }
  return found;
}

function ask(ctx: Context, name: string, send: Send<drive_v3.Drive>): Promise<JsonObject> {
  return askDrive(ctx, { name, group: 'drive', units: 100 }, send, { repeatable: true });
}
