/** Reading all contacts, and what changed since. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject, numberOf, objectOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Page } from '#kit/stream.ts';
import { askPeople } from './client.ts';
import { faultOf } from './faults.ts';
import { PERSON_FIELDS, SOURCES } from './fields.ts';
import { contactShape } from './person.ts';
import { isName, sorted } from './records.ts';

const LIST = 'people.people.connections.list';

/** Where a pass stands: `syncToken` of the last finished pass, `pageToken` of the page that comes next. */
interface Position {
  syncToken?: string;
  pageToken?: string;
}

export async function* pull(
  ctx: Context,
  since: Cursor | null,
  known: Known = nothing,
): AsyncGenerator<Page | CursorLost, void, void> {
  let at: Position = {
    syncToken: textOf(objectOf(since ?? undefined)?.syncToken),
    pageToken: textOf(objectOf(since ?? undefined)?.pageToken),
  };
  const watch = watchTokens(LIST, at.pageToken);
  for (;;) {
    let read: { page: Page; next: string | undefined };
    try {
      read = await readPage(ctx, at, watch, known);
    } catch (error) {
      if (!isLost(error, at)) throw error;
      if (at.syncToken === undefined || at.pageToken === undefined) {
        yield { lost: error instanceof Error ? error.message : String(error) };
        return;
      }
      at = { syncToken: at.syncToken }; // the pages of this sync are lost, the sync itself perhaps not
      continue;
    }
    yield read.page;
    if (read.next === undefined) return;
    at = { ...at, pageToken: read.next };
  }
}

/** The answer is ten times the page that is made of it, and goes before the page is given away. */
async function readPage(
  ctx: Context,
  at: Position,
  watch: (token: string) => string,
  known: Known,
): Promise<{ page: Page; next: string | undefined }> {
  const answer = await list(ctx, at);
  return { page: await toPage(answer, at, watch, known), next: textOf(answer.nextPageToken) };
}

/** One page. All parameters but the tokens are the same in every call: Google refuses tokens that came with others. */
function list(ctx: Context, { syncToken, pageToken }: Position): Promise<JsonObject> {
  return askPeople(
    ctx,
    { name: LIST, group: 'reads' },
    (people, sent) =>
      people.connections.list(
        {
          resourceName: 'people/me',
          personFields: PERSON_FIELDS,
          sources: SOURCES,
          pageSize: 1000,
          requestSyncToken: true,
          ...(syncToken !== undefined && { syncToken }),
          ...(pageToken !== undefined && { pageToken }),
        },
        sent,
      ),
    { repeatable: true },
  );
}

/** Google has forgotten a token (after 7 days, or 400 for one it cannot read) or it belongs to parameters of an older release. */
function isLost(error: unknown, { syncToken, pageToken }: Position): boolean {
  const fault = faultOf(error);
  if (fault === undefined || (syncToken === undefined && pageToken === undefined)) return false;
  if (fault.reason === 'EXPIRED_SYNC_TOKEN') return true;
  return (fault.http === 400 || fault.http === 410) && /\b(sync|page)[ _]?token\b|parameters must match/i.test(fault.message);
}

async function toPage(
  answer: JsonObject,
  { syncToken }: Position,
  watch: (token: string) => string,
  known: Known,
): Promise<Page> {
  const people = answer.connections ?? [];
  const next = textOf(answer.nextPageToken);
  const done = textOf(answer.nextSyncToken);
  if (!Array.isArray(people) || (next === undefined && done === undefined)) {
    throw new Changed(
      `${LIST}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'connections' as a list, and 'nextPageToken' or 'nextSyncToken'`,
      'Google answers in a way we do not know. Tell the maintainer.',
    );
  }
  const here = people.filter((person) => !isDeleted(person));
  const same = await known(here.flatMap(versionOf));
  const page: Page = {
    ...(await sorted(
      contactShape,
      same.size === 0 ? here : here.filter((person) => !same.has(textOf(objectOf(person)?.resourceName) ?? '')),
    )),
    same: [...same],
    gone: people.flatMap(goneNames),
    next: next === undefined ? { syncToken: done! } : { ...(syncToken !== undefined && { syncToken }), pageToken: watch(next) },
    last: next === undefined,
  };
  const total = numberOf(answer.totalItems) ?? numberOf(answer.totalPeople);
  return total === undefined ? page : { ...page, total };
}

const nothing: Known = async () => new Set();

/** A person's etag changes with everything of the person. */
function versionOf(person: Json): { id: string; version: string }[] {
  if (!isObject(person)) return [];
  const { resourceName, etag } = person;
  return typeof resourceName === 'string' && typeof etag === 'string' && isName(resourceName) && isName(etag)
    ? [{ id: resourceName, version: etag }]
    : [];
}

/** Every name a deleted person is known by. */
function goneNames(person: Json): string[] {
  if (!isDeleted(person)) return [];
  const former = objectOf(objectOf(person)?.metadata)?.previousResourceNames;
  return [objectOf(person)?.resourceName, ...(Array.isArray(former) ? former : [])].filter((name) => typeof name === 'string');
}

function isDeleted(person: Json): boolean {
  return isObject(person) && isObject(person.metadata) && person.metadata.deleted === true;
}
