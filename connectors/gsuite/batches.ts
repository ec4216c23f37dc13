/**
 * Writes in batches of which each item has an outcome of its own: one bad item never spoils the rest, and nothing that may have
 * been carried out is said not to have been.
 */
import { Problem, Refused, TryLater } from '#kit/errors.ts';
import { isObject, type JsonObject, numberOf, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { FAILED_PRECONDITION, faultOf, type ItemFault, itemFaultOf, NOT_FOUND, RESOURCE_EXHAUSTED } from './faults.ts';

/** How a single item fails, whether as one of a batch or alone. */
export type Failure =
  | { is: 'gone' }
  | { is: 'stale' }
  | { is: 'refused'; reason: string; field?: string }
  | { is: 'later'; afterMs: number }
  | { is: 'unknown'; reason: string };

export interface Batching<Item, Result> {
  batches: readonly (readonly Item[])[];
  /** Sends one batch and gives a result for each item, in order. `onSent` is called when the request leaves. */
  send(batch: readonly Item[], onSent: () => void): Promise<readonly (Result | Failure)[]>;
  /** Which item of the batch an error in the details of a refused batch speaks of. */
  guilty?(error: JsonObject, batch: readonly Item[]): Item | undefined;
}

/**
 * The outcome of every item. One batch after the other ("mutate requests for the same user should be sent sequentially",
 * people.v1). A batch refused as a whole was not carried out: it is sent again without the items Google names, or in halves.
 * Throws only when nothing was sent at all.
 */
export async function sendBatches<Item, Result>({
  batches,
  send,
  guilty,
}: Batching<Item, Result>): Promise<Map<Item, Result | Failure>> {
  const outcomes = new Map<Item, Result | Failure>();
  const waiting = batches.filter((batch) => batch.length > 0).map((batch) => [...batch]);
  while (waiting.length > 0) {
    const batch = waiting.shift()!;
    let sent = false;
    try {
      const results = await send(batch, () => {
        sent = true;
      });
      for (const [i, item] of batch.entries()) outcomes.set(item, results[i]!);
    } catch (error) {
      if (error instanceof Refused) {
        const named = namedIn(error, batch, guilty);
        for (const [item, failure] of named) outcomes.set(item, failure);
        const rest = batch.filter((item) => !named.has(item));
        if (named.size > 0) waiting.unshift(...(rest.length > 0 ? [rest] : []));
        else if (batch.length === 1) outcomes.set(batch[0]!, alone(error));
        else waiting.unshift(batch.slice(0, batch.length >> 1), batch.slice(batch.length >> 1));
        continue;
      }
      const uncertain = sent && isUncertain(error);
      if (!uncertain && outcomes.size === 0) throw error;
      const rest: Failure = { is: 'later', afterMs: error instanceof TryLater ? error.afterMs : 0 };
      const failure: Failure = uncertain
        ? { is: 'unknown', reason: error instanceof Error ? error.message : String(error) }
        : rest;
      for (const item of batch) outcomes.set(item, failure);
      for (const item of waiting.flat()) outcomes.set(item, rest);
      break;
    }
  }
  return outcomes;
}

/**
 * May the request have been carried out? Not when the service said it was not (429, a dead sign-in); else nobody knows: an
 * answer that broke off, that no one could read, that came from something in between, or that nobody waited for.
 */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof Problem)) return true;
  if (error instanceof TryLater) return !error.notSent;
  return error.next === 'changed';
}

function namedIn<Item>(error: Refused, batch: readonly Item[], guilty: Batching<Item, never>['guilty']): Map<Item, Failure> {
  const named = new Map<Item, Failure>();
  for (const detail of faultOf(error)?.details ?? []) {
    for (const one of objectsOf(detail.errors)) {
      const item = guilty?.(one, batch);
      const fault = itemFaultOf(objectOf(one.status));
      if (item !== undefined && fault !== undefined) named.set(item, failureOf(fault));
    }
  }
  return named;
}

function alone(error: Refused): Failure {
  const fault = faultOf(error);
  if (fault?.http === 404 || fault?.http === 410) return { is: 'gone' };
  if (fault?.http === 412) return { is: 'stale' };
  if (isStale(fault?.message ?? '', fault?.reason, fault?.status)) return { is: 'stale' };
  return { is: 'refused', reason: fault?.message ?? error.message, ...(error.field !== undefined && { field: error.field }) };
}

/** An item that failed while its batch went through. */
export function failureOf({ code, message }: ItemFault): Failure {
  switch (code) {
    case NOT_FOUND:
      return { is: 'gone' };
    case FAILED_PRECONDITION:
      return isStale(message, 'failedPrecondition') ? { is: 'stale' } : { is: 'refused', reason: message };
    case RESOURCE_EXHAUSTED:
      return { is: 'later', afterMs: 60_000 };
    default:
      return UNCERTAIN.has(code) ? { is: 'unknown', reason: message } : { is: 'refused', reason: message };
  }
}

/** CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, ABORTED, INTERNAL, UNAVAILABLE: carried out or not, the code does not say. */
const UNCERTAIN: ReadonlySet<number> = new Set([1, 2, 4, 10, 13, 14]);

/** "Request person.etag is different than the current person.etag. Clear local cache and get the latest person." */
function isStale(message: string, reason?: string, status?: string): boolean {
  return (reason === 'failedPrecondition' || status === 'FAILED_PRECONDITION') && /etag/i.test(message);
}

/** The person of an item that succeeded, or how it failed. */
export function personOf(response: JsonObject | undefined): JsonObject | Failure {
  const fault = itemFaultOf(objectOf(response?.status)) ?? byHttp(response);
  if (fault !== undefined) return failureOf(fault);
  const person = response?.person;
  return isObject(person) && textOf(person.resourceName) !== undefined
    ? person
    : { is: 'unknown', reason: 'Google answered without the person' };
}

/** The deprecated half of a PersonResponse, in case it is the only one. */
function byHttp(response: JsonObject | undefined): ItemFault | undefined {
  const http = numberOf(response?.httpStatusCode);
  if (http === undefined || http < 400) return undefined;
  return { code: http === 404 ? NOT_FOUND : http === 429 ? RESOURCE_EXHAUSTED : http >= 500 ? 13 : 3, message: `HTTP ${http}` };
}
