/** The stream of the people of a Workspace, read whole each time by whoever administers it. */
import type { Context } from '#kit/context.ts';
import { Changed, Refused } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import type { Cursor, CursorLost, Known, Misfit, Page, Row, Stream } from '#kit/stream.ts';
import { askDirectory } from './client.ts';
import { faultOf, isMissing } from './faults.ts';
import { isName, sorted } from './records.ts';
import { toUserRow, userFields, userShape } from './user.ts';

export const users: Stream = {
  title: 'Users',
  fields: userFields,
  shape: 1,
  deletions: 'by absence',
  timed: false,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow: toUserRow,
  pull,
  fetch,
};

const LIST = 'directory.users.list';

/** There is no feed of changes: the end of a pass is the beginning of the next. */
async function* pull(
  ctx: Context,
  since: Cursor | null,
  known: Known = async () => new Set(),
): AsyncGenerator<Page | CursorLost, void, void> {
  let pageToken = textOf(objectOf(since ?? undefined)?.pageToken);
  const watch = watchTokens(LIST, pageToken);
  for (;;) {
    let answer: JsonObject;
    try {
      answer = await list(ctx, pageToken);
    } catch (error) {
      // Page tokens live three days.
      if (pageToken === undefined || !(error instanceof Refused) || faultOf(error)?.http !== 400) throw error;
      yield { lost: error instanceof Error ? error.message : String(error) };
      return;
    }
    const people = answer.users ?? [];
    if (answer.kind !== 'admin#directory#users' || !Array.isArray(people)) {
      throw new Changed(
        `${LIST}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected admin#directory#users with 'users' as a list`,
        'Google answers in a way we do not know. Tell the maintainer.',
      );
    }
    const same = await known(people.flatMap(versionOf));
    const next = textOf(answer.nextPageToken);
    pageToken = next === undefined ? undefined : watch(next);
    yield {
      ...(await sorted(
        userShape,
        people.filter((user) => !same.has(textOf(objectOf(user)?.id) ?? '')),
      )),
      ...{ same: [...same], gone: [], last: pageToken === undefined },
      next: pageToken === undefined ? null : { pageToken },
    };
    if (pageToken === undefined) return;
  }
}

function list(ctx: Context, pageToken: string | undefined): Promise<JsonObject> {
  return askDirectory(
    ctx,
    { name: LIST, group: 'directory' },
    (api, sent) =>
      api.users.list({ customer: 'my_customer', maxResults: 500, orderBy: 'email', ...(pageToken && { pageToken }) }, sent),
    { repeatable: true },
  );
}

function versionOf(user: Json): { id: string; version: string }[] {
  const { id, etag } = objectOf(user) ?? {};
  return typeof id === 'string' && typeof etag === 'string' && isName(id) && isName(etag) ? [{ id, version: etag }] : [];
}

async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  for (const userKey of ids) {
    const user = await askDirectory(
      ctx,
      { name: 'directory.users.get', group: 'directory' },
      (api, sent) => api.users.get({ userKey }, sent),
      { repeatable: true },
    ).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (user === undefined) found.gone.push(userKey);
    else {
      const { rows, misfits } = await sorted(userShape, [user]);
      found.rows.push(...rows);
      found.misfits.push(...misfits);
    }
  }
  return found;
}
