import { decimalOf } from '#kit/exact.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import { isObject, type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits, nameless, problem } from '#kit/rows.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { checkText, cleaned } from '#kit/text.ts';

/** One kind of thing: what the service calls it, and how it looks here. */
export interface Kind {
  /** In bodies and queries. */
  entity: 'Customer' | 'Item' | 'Estimate' | 'Invoice' | 'CreditMemo' | 'Payment' | 'Term' | 'TaxCode';
  fields: Fields;
  /** Names are made inactive, documents are deleted or voided. */
  named: boolean;
  /** Of documents that can be void: the field that says so, by which they are also voided. */
  ends?: string;
  /** Pure: the fields of a thing as it was kept. */
  toFields(raw: JsonObject): Values;
}

/** An id that could be one: digits. */
export function idOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && /^\d{1,25}$/.test(value) ? value : undefined;
}

/** The id a reference names. */
export function refOf(value: Json | undefined): string | undefined {
  return textOf(objectOf(value)?.value);
}

/** What an update must name, and what tells two states apart: a balance can change while the token stays. */
export function versionOf(raw: JsonObject): string {
  return `${textOf(raw.SyncToken) ?? ''} ${textOf(objectOf(raw.MetaData)?.LastUpdatedTime) ?? ''}`;
}

export function tokenOf(version: string): string {
  return version.split(' ', 1)[0]!;
}

/** When it last changed, ms since the epoch; NaN where it does not say. */
export function changedAt(raw: JsonObject): number {
  return Date.parse(textOf(objectOf(raw.MetaData)?.LastUpdatedTime) ?? '');
}

export function createdAt(raw: JsonObject): number {
  return Date.parse(textOf(objectOf(raw.MetaData)?.CreateTime) ?? '');
}

/** Money of a thing: in its own currency, else in that of the company, which was noted when it was read. */
export function moneyOf(value: Json | undefined, currency: string | undefined): Json | undefined {
  const amount = decimalOf(value);
  return amount === undefined || currency === undefined ? undefined : { amount, currency };
}

export function currencyOf(raw: JsonObject): string | undefined {
  return refOf(raw.CurrencyRef);
}

export function toRow(kind: Kind, raw: Json): Row {
  const thing = isObject(raw) ? raw : {};
  const id = idOf(thing.Id);
  if (id === undefined) throw new Misfits([problem('Id', thing.Id, 'the id of a thing, digits')]);
  const fields = kind.toFields(thing);
  const problems = checkValues(kind.fields, fields);
  if (problems.length > 0) throw new Misfits(problems);
  const changed = changedAt(thing);
  return {
    id,
    version: versionOf(thing),
    ...(!Number.isNaN(changed) && { time: new Date(changed).toISOString() }),
    fields,
    raw,
  };
}

/** Things as rows, or as misfits with all their problems. */
export function sorted(kind: Kind, things: readonly JsonObject[]): { rows: Row[]; misfits: Misfit[] } {
  const rows: Row[] = [];
  const misfits: Misfit[] = [];
  for (const raw of things) {
    const problems = checkText(raw);
    try {
      const row = toRow(kind, raw);
      if (problems.length === 0) {
        rows.push(row);
        continue;
      }
    } catch (error) {
      if (!(error instanceof Misfits)) throw error;
      problems.unshift(...error.problems);
    }
    misfits.push({ id: idOf(raw.Id) ?? nameless(raw), problems, raw: cleaned(raw) });
  }
  return { rows, misfits };
}
