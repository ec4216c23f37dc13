/** Documents without effect: void. They keep their numbers, and stay void. */
import type { JsonObject } from '#kit/json.ts';
import { textOf } from '#kit/json.ts';
import type { Draft, Outcome } from '#kit/stream.ts';
import { isVoid } from './sale.ts';
import type { Kind } from './things.ts';

export function isVoided({ entity }: Kind, raw: JsonObject): boolean {
  return entity === 'Payment' ? raw.TotalAmt === 0 && /^Voided\b/.test(textOf(raw.PrivateNote) ?? '') : isVoid(raw);
}

/** The item of a batch that voids one; `body` names it by Id and SyncToken. Payments have a way of their own. */
export function voiding({ entity }: Kind, body: JsonObject): JsonObject {
  return entity === 'Payment'
    ? { operation: 'update', optionsData: 'void', [entity]: { ...body, sparse: true } }
    : { operation: 'void', [entity]: body };
}

/** Does the draft void a document? */
export const voids = ({ ends }: Kind, { fields }: Draft): boolean => ends !== undefined && fields[ends] === 'void';

/** What a document cannot become: void before it is there, or anything else once it is void. */
export function refusedEnd(kind: Kind, draft: Draft, raw: JsonObject | undefined): Outcome | undefined {
  const { ends } = kind;
  if (ends === undefined || !(ends in draft.fields)) return undefined;
  if (raw === undefined && voids(kind, draft))
    return {
      is: 'refused',
      reason: `${ends}: found void; what is not in QuickBooks has nothing to be voided there`,
      field: ends,
    };
  if (raw !== undefined && !voids(kind, draft) && isVoided(kind, raw))
    return {
      is: 'refused',
      reason: `${ends}: found ${draft.fields[ends]}; what is void stays void: make a new one`,
      field: ends,
    };
  return undefined;
}
