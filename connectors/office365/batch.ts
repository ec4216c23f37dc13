/** Twenty requests in one, each with an answer of its own (learn.microsoft.com/graph/json-batching). */
import type { CallOptions, Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { JsonObject } from '#kit/json.ts';
import { numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { ask, type Group, IMMUTABLE } from './client.ts';
import { GraphFault } from './faults.ts';

/** Most requests of one batch. */
export const MOST = 20;

export interface Part {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** Without the version. */
  url: string;
  body?: JsonObject;
  prefer?: readonly string[];
  headers?: { readonly [name: string]: string };
}

/** What one part was answered: the object (empty where there is none), or the fault. */
export type Answered = { is: 'answer'; body: JsonObject } | { is: 'fault'; fault: GraphFault };

/** At most 20 parts, answered in their order. They are neither a transaction nor carried out in any order; each counts for the limits. */
export async function sendBatch(
  ctx: Context,
  name: string,
  group: Group,
  parts: readonly Part[],
  options?: CallOptions,
): Promise<Answered[]> {
  const requests = parts.map(({ method, url, body, prefer = [], headers }, at): JsonObject => {
    const dress = { Prefer: [IMMUTABLE, ...prefer].join(', '), ...(body && { 'Content-Type': 'application/json' }), ...headers };
    return { id: String(at), method, url, headers: dress, ...(body && { body }) };
  });
  const sending = { name, group, units: parts.length, method: 'POST', path: '/$batch', body: { requests } } as const;
  const answer = await ask(ctx, sending, options ?? { repeatable: parts.every(({ method }) => method === 'GET') });
  if (!Array.isArray(answer.responses)) {
    throw new Changed(
      `${name}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'responses' as a list`,
      'Microsoft answers in a way we do not know. Tell the maintainer.',
    );
  }
  const byId = new Map(objectsOf(answer.responses).map((one) => [textOf(one.id), one]));
  return parts.map((_part, at) => answeredBy(byId.get(String(at))));
}

function answeredBy(one: JsonObject | undefined): Answered {
  const status = numberOf(one?.status);
  if (status !== undefined && status < 400) return { is: 'answer', body: objectOf(one!.body) ?? {} };
  const headers = Object.entries(objectOf(one?.headers) ?? {});
  const after = textOf(headers.find(([name]) => name.toLowerCase() === 'retry-after')?.[1]);
  return { is: 'fault', fault: new GraphFault(status ?? 504, one?.body, after) };
}

export function chunks<T>(all: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));
}
