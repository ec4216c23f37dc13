/** What PayPal's things have in common: amounts, times, and rows or misfits made of them. */
import { createHash } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { Misfits, nameless } from '#kit/rows.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { checkText, cleaned } from '#kit/text.ts';

/** `2026-07-13T20:48:33Z`, as requests want it. */
export function secondsOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** Ends in `Z`, `+00:00`, or, of older reports, `+0000`. Undefined where it is no time. */
export function msOf(value: Json | undefined): number | undefined {
  const ms = typeof value === 'string' ? Date.parse(value.replace(/([+-]\d{2})(\d{2})$/, '$1:$2')) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** An instant as our fields hold it; what is no time stays as it is, for the check of the fields to say so. */
export function instantOf(value: Json | undefined): Json | undefined {
  const ms = msOf(value);
  return ms === undefined ? value : new Date(ms).toISOString();
}

/** The digits stay as PayPal wrote them. What is no amount stays as it is, for the check of the fields to say so. */
export function moneyOf(value: Json | undefined): Json | undefined {
  const given = objectOf(value);
  const [amount, currency] = [textOf(given?.value), textOf(given?.currency_code)];
  if (amount === undefined || currency === undefined) return value;
  return { amount: amount.replace(/^(-?)\./, '$10.'), currency };
}

/** Without its sign, as discounts and refunds are told. */
export function magnitudeOf(value: Json | undefined): Json | undefined {
  const money = objectOf(moneyOf(value));
  return money === undefined ? value : { ...money, amount: String(money.amount).replace(/^-/, '') };
}

/** Quantities and percentages are texts. */
export function decimalOf(value: Json | undefined): Json | undefined {
  return typeof value === 'string' && value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value;
}

/** Short, and another for every other content. */
export function digestOf(...parts: readonly (Json | undefined)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 22);
}

export interface RecordShape {
  toRow(raw: Json): Row;
  /** The row's id, if it has one. */
  idOf(raw: JsonObject): string | undefined;
}

/** Things as rows, or as misfits with all their problems; what comes twice counts once, as it came last. */
export function sorted(things: readonly JsonObject[], shape: RecordShape): { rows: Row[]; misfits: Misfit[] } {
  const rows = new Map<string, Row>();
  const misfits: Misfit[] = [];
  for (const thing of things) {
    const raw = withoutLinks(thing);
    const problems = checkText(raw);
    try {
      const row = shape.toRow(raw);
      if (problems.length === 0) {
        rows.set(row.id, row);
        continue;
      }
    } catch (error) {
      if (!(error instanceof Misfits)) throw error;
      problems.unshift(...error.problems);
    }
    misfits.push({ id: shape.idOf(raw) ?? nameless(raw), problems, raw: cleaned(raw) });
  }
  return { rows: [...rows.values()], misfits };
}

/** Links bear another host than ours and tell nothing of the thing itself. */
function withoutLinks({ links: _links, ...rest }: JsonObject): JsonObject {
  return rest;
}
