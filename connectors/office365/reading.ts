/** Things by id, twenty to a request. */
import type { Context } from '#kit/context.ts';
import type { JsonObject } from '#kit/json.ts';
import { chunks, MOST, type Part, sendBatch } from './batch.ts';
import type { Group } from './client.ts';
import { explain, type GraphFault } from './faults.ts';

/** Those that are there, by the id they were asked for. Throws where the service says of any neither that it is there nor that it is not. */
export async function readByIds(
  ctx: Context,
  name: string,
  group: Group,
  ids: readonly string[],
  part: (id: string) => Part,
): Promise<Map<string, JsonObject>> {
  const there = new Map<string, JsonObject>();
  for (const some of chunks([...new Set(ids)], MOST)) {
    const answers = await sendBatch(
      ctx,
      name,
      group,
      some.map((id) => part(encodeURIComponent(id))),
    );
    for (const [at, id] of some.entries()) {
      const one = answers[at]!;
      if (one.is === 'answer') there.set(id, one.body);
      else if (!isNobody(one.fault)) throw explain(one.fault);
    }
  }
  return there;
}

/** Nothing has this id; or nothing could (400 ErrorInvalidIdMalformed). */
function isNobody({ http, code }: GraphFault): boolean {
  return http === 404 || (http === 400 && /^(ErrorInvalidId|Request_BadRequest|ErrorInvalidRequest)/.test(code ?? ''));
}
