/** Lists that are read whole, page after page: calendars, lists of tasks. */
import { Changed } from '#kit/errors.ts';
import { type JsonObject, objectsOf, textOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';

/** `kind`: by which Google says what it is. An empty list has no `items`, so that alone tells one from an answer that is none. */
export async function listAll(
  name: string,
  kind: string,
  ask: (page: { pageToken?: string }) => Promise<JsonObject>,
): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  const watch = watchTokens(name);
  for (let page: { pageToken?: string } | undefined = {}; page !== undefined; ) {
    const answer = await ask(page);
    const items = answer.items ?? [];
    if (answer.kind !== kind || !Array.isArray(items)) {
      throw new Changed(
        `${name}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected ${kind} with 'items' as a list`,
        'Google answers in a way we do not know. Tell the maintainer.',
      );
    }
    all.push(...objectsOf(items));
    const next = textOf(answer.nextPageToken);
    page = next === undefined ? undefined : { pageToken: watch(next) };
  }
  return all;
}
