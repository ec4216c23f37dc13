/** Several operations in one request, each with an answer of its own. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { ask } from './client.ts';
import { faultOf, type Said, saidOf } from './faults.ts';
import { requestIdOf } from './request-id.ts';

/** What one item was answered: with a thing, or with what is wrong. */
export interface Answered {
  item?: JsonObject;
  said?: Said;
}

/** At most thirty items. Items are not transactional; a batch that is refused as a whole was not carried out, and is sent in halves. */
export async function sendBatch(
  ctx: Context,
  name: string,
  requestId: string,
  items: readonly JsonObject[],
): Promise<Answered[]> {
  try {
    const answer = await ask(ctx, { name, group: 'batches', requestId }, (sdk, done) =>
      sdk.batch(
        items.map((item, at) => ({ bId: String(at), ...item })),
        done,
      ),
    );
    const byId = new Map(objectsOf(answer.BatchItemResponse).map((item) => [textOf(item.bId), item]));
    return items.map((_item, at) => answeredBy(byId.get(String(at))));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (items.length === 1) {
      const { code, message, element } = faultOf(error) ?? { code: undefined, message: error.message, element: undefined };
      return [{ said: { code, message, element } }];
    }
    const half = items.length >> 1;
    return [
      ...(await sendBatch(ctx, name, requestIdOf(requestId, 'first half'), items.slice(0, half))),
      ...(await sendBatch(ctx, name, requestIdOf(requestId, 'second half'), items.slice(half))),
    ];
  }
}

function answeredBy(item: JsonObject | undefined): Answered {
  if (item === undefined) return { said: { code: '10000', message: 'the batch has no answer to this item', element: undefined } };
  const said = saidOf(objectOf(item.Fault));
  return said === undefined ? { item } : { said };
}
