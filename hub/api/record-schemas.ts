/** Records as the API takes and gives them. */
import { z } from 'zod';
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';

const Any = z.custom<Json>(() => true);

/** Values by field; `GET /api/objects` tells the fields. */
export const Fields = z
  .record(z.string(), Any)
  .describe('Values by field name. GET /api/objects tells the fields of each object.');

export const RecordAnswer = z
  .object({
    id: z.string(),
    object: z.string(),
    version: z.int().describe('Raised by one with every change; also the ETag'),
    name: z.string().describe('What people call it; derived from its fields'),
    fields: Fields,
    times: z.record(z.string(), z.string()).nullable().describe('When each field last changed, where later than `created`'),
    created: z.string(),
    updated: z.string(),
    archived: z.string().nullable(),
    mergedInto: z.string().nullable().describe('Id of the record it was merged into'),
  })
  .meta({ id: 'Record' });

export const RecordId = z.object({ id: z.string().max(100) });

export const limit = z.coerce.number().int().min(1).max(200).default(50);
export const after = z.string().min(1).max(2_000).optional().describe('`next` of the page before');

export const listingOf = <T extends z.ZodType>(item: T) =>
  z.object({
    items: z.array(item),
    next: z.string().nullable().describe('Send it as `after` for the next page; null on the last'),
  });

/** The version that If-Match names. Throws `Fault` where it can be none. */
export function versionOf(ifMatch: string): number {
  if (/^[1-9]\d{0,8}$/.test(ifMatch)) return Number(ifMatch);
  throw new Fault(
    'precondition',
    `If-Match names ${JSON.stringify(ifMatch.slice(0, 40))}, which is no version.`,
    'Read the thing first and send its ETag.',
  );
}
