/** Contacts by name. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { askPeople } from './client.ts';
import { INVALID_ARGUMENT, itemFaultOf, NOT_FOUND } from './faults.ts';
import { PERSON_FIELDS, SOURCES } from './fields.ts';
import { contactShape } from './person.ts';
import { sorted } from './records.ts';
import { contactSource } from './trim.ts';

/** Most names in one call of `people.getBatchGet`. */
const MOST = 200;

/** Rows by id, at most 200 a call; a list shows at most 100 addresses and numbers of a contact, this shows all. */
export async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  for (let from = 0; from < ids.length; from += MOST) {
    const asked = ids.slice(from, from + MOST);
    const people = await batchGet(ctx, asked);
    const present = [...people].flatMap(([id, person]) => (person === undefined ? [] : [{ id, person }]));
    // One who changed the name may have been asked for by both.
    const names = Map.groupBy(present, ({ person }) => person.resourceName);
    const { rows, misfits } = await sorted(
      contactShape,
      [...names.values()].map(([one]) => one!.person),
    );
    found.rows.push(...rows.map((row) => (names.get(row.id) ?? []).reduce((known, { id }) => withFormer(known, id), row)));
    found.misfits.push(...misfits);
    found.gone.push(...asked.filter((id) => people.get(id) === undefined));
  }
  return found;
}

/** A row asked for by a name it no longer bears. */
export function withFormer(row: Row, asked: string | undefined): Row {
  return asked === undefined || asked === row.id || row.formerIds?.includes(asked)
    ? row
    : { ...row, formerIds: [...(row.formerIds ?? []), asked] };
}

/** People by the name they were asked for; undefined where there is no contact of that name. */
export async function batchGet(
  ctx: Context,
  ids: readonly string[],
  personFields = PERSON_FIELDS,
): Promise<Map<string, JsonObject | undefined>> {
  const name = 'people.people.getBatchGet';
  const answer = await askPeople(
    ctx,
    { name, group: 'reads' },
    (people, sent) => people.getBatchGet({ resourceNames: [...new Set(ids)], personFields, sources: SOURCES }, sent),
    { repeatable: true },
  );
  if (answer.responses !== undefined && !Array.isArray(answer.responses)) {
    throw new Changed(`${name}: expected 'responses' as a list`, 'Google answers in a way we do not know. Tell the maintainer.');
  }
  const people = new Map<string, JsonObject | undefined>();
  for (const one of objectsOf(answer.responses)) {
    const person = objectOf(one.person);
    const asked = textOf(one.requestedResourceName) ?? textOf(person?.resourceName);
    if (asked === undefined) continue;
    // Without a contact behind it a name stands for a profile alone: the contact is gone.
    if (person !== undefined) people.set(asked, contactSource(person.metadata) === undefined ? undefined : person);
    else if (UNKNOWN.has(itemFaultOf(objectOf(one.status))?.code ?? 0)) people.set(asked, undefined);
  }
  const silent = ids.find((id) => !people.has(id));
  if (silent !== undefined) {
    throw new Changed(
      `${name}: no answer for ${silent}, neither a person nor 'not found'`,
      'Google answered only in part. Try again later; if it stays, tell the maintainer.',
    );
  }
  return people;
}

/** NOT_FOUND, and INVALID_ARGUMENT for what can be no name of anybody (google.rpc.Code). */
const UNKNOWN: ReadonlySet<number> = new Set([NOT_FOUND, INVALID_ARGUMENT]);
