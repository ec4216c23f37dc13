import type { Json } from '#kit/fields.ts';
import type { Answer, Call } from '../kit/server.ts';
import { badRequest, json } from './errors.ts';
import { isThing, type Thing, text, things } from './thing.ts';

/** Most requests of one batch (concepts/json-batching). */
const MOST = 20;

export interface BatchPart {
  method: string;
  /** With the version, without the query. */
  path: string;
  query: URLSearchParams;
  headers: Call['headers'];
  body: Thing | undefined;
}

/** What the first request of a batch does: `batch.PATCH`. */
export function batchName({ body }: Pick<Call, 'body'>): string {
  try {
    const given: Json = JSON.parse(body.toString());
    return `batch.${text(things(isThing(given) ? given.requests : undefined)[0]?.method) || 'none'}`;
  } catch {
    return 'batch.none';
  }
}

/** Several requests in one. They are carried out in no order that anybody could rely on, and answered in another. */
export async function answerBatch(given: Thing | undefined, carryOut: (part: BatchPart) => Promise<Answer>): Promise<Answer> {
  const requests = things(given?.requests);
  if (!Array.isArray(given?.requests) || requests.length === 0)
    throw badRequest("The request body must have 'requests' as a non-empty list.");
  if (requests.length > MOST) throw badRequest(`Number of batch request steps exceeds the maximum value of ${MOST}.`);
  const ids = requests.map(({ id }) => id);
  if (ids.some((id) => typeof id !== 'string' || id === '') || new Set(ids).size < ids.length)
    throw badRequest("Each request of a batch has an 'id' of its own.");
  const failed = new Set<string>();
  const responses: Thing[] = [];
  for (const request of requests) {
    const id = text(request.id);
    const waits = Array.isArray(request.dependsOn) ? request.dependsOn.map(String) : [];
    const answer = waits.some((one) => failed.has(one)) ? DEPENDENCY : await answered(request, carryOut);
    if (answer.status >= 400) failed.add(id);
    responses.push({
      id,
      status: answer.status,
      headers: { ...answer.headers },
      ...(answer.body !== '' && { body: JSON.parse(String(answer.body)) }),
    });
  }
  return json({ responses: [...responses.filter((_, i) => i % 2 === 1), ...responses.filter((_, i) => i % 2 === 0)] });
}

const DEPENDENCY: Answer = json({ error: { code: 'FailedDependency', message: 'A request it depends on failed.' } }, 424);

async function answered(request: Thing, carryOut: (part: BatchPart) => Promise<Answer>): Promise<Answer> {
  try {
    return await carryOut(partOf(request));
  } catch (error) {
    if (error instanceof BadPart) return json({ error: { code: 'BadRequest', message: error.message } }, 400);
    throw error;
  }
}

class BadPart extends Error {}

function partOf({ method, url, headers, body }: Thing): BatchPart {
  const address = text(url);
  const lower = Object.fromEntries(
    Object.entries(isThing(headers) ? headers : {}).map(([name, value]) => [name.toLowerCase(), text(value)]),
  );
  if (/^https?:|^\/?v1\.0\//.test(address))
    throw new BadPart(`Invalid batch payload: url '${address}' must be relative, without the version.`);
  if (body !== undefined && !/json/.test(lower['content-type'] ?? ''))
    throw new BadPart('Write request with a body needs a Content-Type header.');
  const [path = '', query = ''] = address.split('?', 2);
  return {
    method: text(method),
    path: `/v1.0/${path.replace(/^\//, '')}`,
    query: new URLSearchParams(query),
    headers: lower,
    body: isThing(body) ? body : undefined,
  };
}
