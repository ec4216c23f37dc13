/** Lists that are read whole, page after page: folders, calendars, lists of tasks, subscriptions. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, objectsOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import { ask, type Sending } from './client.ts';
import { pathOf } from './delta.ts';

export async function listAll(ctx: Context, sending: Sending): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  const watch = watchTokens(sending.name);
  for (let path: string | undefined = sending.path; path !== undefined; ) {
    const answer = await ask(ctx, { ...sending, path });
    if (!Array.isArray(answer.value)) {
      throw new Changed(
        `${sending.name}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'value' as a list`,
        'Microsoft answers in a way we do not know. Tell the maintainer.',
      );
    }
    all.push(...objectsOf(answer.value));
    path = pathOf(sending, answer['@odata.nextLink']);
    if (path !== undefined) watch(path);
  }
  return all;
}
