/**
 * Writes. Each row of a call has an outcome of its own (`summarizeErrors=false`). There are no conditional writes: before an update the
 * rows are read afresh, and one that was changed since the draft's version is stale.
 *
 * A key stands for a whole request and for six minutes. What a repetition would make a second time therefore goes alone, under the draft's
 * own key, and can be repeated under it whatever else is then to be sent; updates, and what cannot be there twice, go fifty in a call.
 */
import { createHash } from 'node:crypto';
import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import type { Context } from '#kit/context.ts';
import { Problem, Refused, TryLater } from '#kit/errors.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues, Misfits } from '#kit/rows.ts';
import type { Draft, Outcome, Row } from '#kit/stream.ts';
import { isBlank } from '#kit/values.ts';
import { ask } from './client.ts';
import { fieldOf, isMissing, sentencesOf } from './faults.ts';
import { objectsById, type Reading } from './fetching.ts';
import { rowOf } from './records.ts';

type SendUnderKey = (api: AccountingApi, tenant: string, key: string) => Promise<unknown>;

export interface Writing {
  reading: Reading;
  create?: {
    name: string;
    send: SendUnderKey;
    /** Several in a call: where one that came twice would be refused. */
    together?: true;
    body(draft: Draft): JsonObject;
  };
  update?: {
    name: string;
    send: SendUnderKey;
    body(draft: Draft, raw: JsonObject): JsonObject;
    /** Nothing of the draft is in the body: it is written in another way. */
    isNothing?(draft: Draft): boolean;
  };
  /** Fields that cannot be blanked any more. */
  lasting: readonly string[];
  /** What can be said of a draft without asking; `raw`: of an update. */
  refuse?(draft: Draft, raw: JsonObject | undefined): Extract<Outcome, { is: 'refused' }> | undefined;
}

const MOST = 50;

/** Throws only where nothing was sent. */
export async function push(ctx: Context, writing: Writing, drafts: readonly Draft[]): Promise<Outcome[]> {
  const outcomes = new Map<Draft, Outcome>();
  for (const draft of drafts) {
    const refused = refusal(writing, draft);
    if (refused !== undefined) outcomes.set(draft, refused);
  }
  const open = drafts.filter((draft) => !outcomes.has(draft));
  const creations = open.filter(({ id }) => id === undefined);
  const updates = open.filter(({ id }) => id !== undefined);
  try {
    for (const some of pieces(creations, writing.create?.together ? MOST : 1)) await create(ctx, writing, some, outcomes);
    for (const some of rounds(updates)) await update(ctx, writing, some, outcomes);
  } catch (error) {
    if (!(error instanceof Problem) || !isSent(outcomes)) throw error;
    const afterMs = error instanceof TryLater ? error.afterMs : 0;
    for (const draft of open) if (!outcomes.has(draft)) outcomes.set(draft, { is: 'later', afterMs });
  }
  return drafts.map((draft) => outcomes.get(draft)!);
}

const isSent = (outcomes: ReadonlyMap<Draft, Outcome>): boolean =>
  [...outcomes.values()].some(({ is }) => is === 'done' || is === 'unknown' || is === 'later');

function refusal({ reading, lasting, create, update, refuse }: Writing, draft: Draft): Outcome | undefined {
  const { fields } = reading.shape;
  const locked = Object.keys(draft.fields).find((field) => fields[field]?.readOnly);
  if (locked !== undefined) return { is: 'refused', reason: `${locked}: Xero gives it, nobody writes it`, field: locked };
  const blank =
    draft.id !== undefined ? lasting.find((field) => field in draft.fields && isBlank(draft.fields[field])) : undefined;
  if (blank !== undefined) return { is: 'refused', reason: `${blank}: found nothing; Xero wants one`, field: blank };
  const problem = checkValues(draft.id === undefined ? fields : optional(fields), draft.fields)[0];
  if (problem !== undefined) {
    const reason = `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`;
    return { is: 'refused', reason, field: problem.path.split('/')[0]! };
  }
  if ((draft.id === undefined ? create : update) === undefined)
    return { is: 'refused', reason: 'Xero does not let it be written' };
  return refuse?.(draft, draft.id === undefined ? undefined : (objectOf(draft.raw) ?? {}));
}

const loosened = new WeakMap<object, Reading['shape']['fields']>();

/** Of a change a required field may be missing. */
function optional(fields: Reading['shape']['fields']): Reading['shape']['fields'] {
  const known = loosened.get(fields);
  if (known !== undefined) return known;
  const loose = Object.fromEntries(Object.entries(fields).map(([name, { required: _, ...field }]) => [name, field]));
  loosened.set(fields, loose);
  return loose;
}

async function create(ctx: Context, writing: Writing, drafts: readonly Draft[], outcomes: Map<Draft, Outcome>): Promise<void> {
  const { name, send, body } = writing.create!;
  await write(ctx, writing, { name, send }, drafts, outcomes, (draft) => body(draft));
}

async function update(ctx: Context, writing: Writing, drafts: readonly Draft[], outcomes: Map<Draft, Outcome>): Promise<void> {
  const { reading, update } = writing;
  const { shape } = reading;
  const now = await objectsById(
    ctx,
    reading,
    drafts.map(({ id }) => id!),
  );
  const ready: Draft[] = [];
  const raws = new Map<Draft, JsonObject>();
  for (const draft of drafts) {
    const object = now.get(draft.id!.toLowerCase());
    const raw = object && shape.trim(object, textOf(ctx.settings.currency) ?? '');
    if (raw === undefined || shape.isGone?.(raw)) {
      outcomes.set(draft, { is: 'gone' });
      continue;
    }
    const row = readable(writing, raw);
    if (draft.version !== undefined && row?.version !== draft.version) {
      outcomes.set(draft, { is: 'stale', ...(row && { row }) });
      continue;
    }
    raws.set(draft, raw);
    ready.push(draft);
  }
  for (const draft of ready.filter((one) => update!.isNothing?.(one))) {
    const row = readable(writing, raws.get(draft)!);
    outcomes.set(draft, row === undefined ? { is: 'gone' } : { is: 'done', row });
  }
  const sent = ready.filter((draft) => !outcomes.has(draft));
  if (sent.length === 0) return;
  await write(ctx, writing, update!, sent, outcomes, (draft) => {
    const raw = raws.get(draft)!;
    return { [shape.id]: raw[shape.id]!, ...update!.body(draft, raw) };
  });
}

function readable({ reading }: Writing, raw: JsonObject): Row | undefined {
  try {
    return rowOf(reading.shape, raw);
  } catch (error) {
    if (error instanceof Misfits) return undefined;
    throw error;
  }
}

async function write(
  ctx: Context,
  writing: Writing,
  { name, send }: { name: string; send: SendUnderKey },
  drafts: readonly Draft[],
  outcomes: Map<Draft, Outcome>,
  bodyOf: (draft: Draft) => JsonObject,
): Promise<void> {
  const { plural } = writing.reading.shape;
  const body = { [plural]: drafts.map(bodyOf) };
  let sent = false;
  try {
    const attempt = (api: AccountingApi, tenant: string) => {
      sent = true;
      return send(api, tenant, keyOf(drafts));
    };
    // What goes alone goes under its own key, and is sent again at once where the answer got lost.
    const options = { repeatable: drafts.every(({ id }) => id === undefined) && !writing.create?.together };
    const answer = await ask(ctx, { name, body }, attempt, options);
    const rows = objectsOf(answer[plural]);
    for (const [i, draft] of drafts.entries()) outcomes.set(draft, outcomeOf(ctx, writing, rows[i]));
  } catch (error) {
    if (error instanceof Refused && drafts.length === 1) {
      outcomes.set(drafts[0]!, isMissing(error) ? { is: 'gone' } : refused(error.advice, error.field));
    } else if (error instanceof Refused) {
      for (const half of pieces(drafts, Math.ceil(drafts.length / 2))) {
        await write(ctx, writing, { name, send }, half, outcomes, bodyOf);
      }
    } else if (sent && isUncertain(error)) {
      const reason = error instanceof Error ? error.message : String(error);
      for (const draft of drafts) outcomes.set(draft, { is: 'unknown', reason });
      throw error instanceof Problem ? error : new TryLater(reason, 'It goes on by itself.', 0, false, error);
    } else throw error;
  }
}

/** Of a single draft its own key; of several one that is the same for the same drafts. */
function keyOf(drafts: readonly Draft[]): string {
  if (drafts.length === 1) return drafts[0]!.key;
  return createHash('sha256')
    .update(drafts.map(({ key }) => key).join())
    .digest('base64url');
}

function outcomeOf(ctx: Context, { reading: { shape } }: Writing, object: JsonObject | undefined): Outcome {
  if (object === undefined) return { is: 'unknown', reason: 'Xero answered without the row' };
  if (object.StatusAttributeString === 'ERROR' || objectsOf(object.ValidationErrors).length > 0) {
    const said = sentencesOf(object).join(' ');
    return refused(said === '' ? 'Xero refuses it and does not say why' : said, fieldOf(said));
  }
  try {
    return { is: 'done', row: rowOf(shape, shape.trim(object, textOf(ctx.settings.currency) ?? '')) };
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    return { is: 'unknown', reason: `Xero took it and answered with what breaks the declared fields: ${error.message}` };
  }
}

function refused(reason: string, field: string | undefined): Outcome {
  return { is: 'refused', reason, ...(field !== undefined && { field }) };
}

/** May it have been carried out? Not when the service said it was not. */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof Problem)) return true;
  if (error instanceof TryLater) return !error.notSent;
  return error.next === 'changed';
}

function* pieces<T>(all: readonly T[], most: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += most) yield all.slice(from, from + most);
}

/** Calls in which no row stands twice: a second draft for one goes after the first. */
function* rounds(updates: readonly Draft[]): Generator<Draft[]> {
  let rest = [...updates];
  while (rest.length > 0) {
    const ids = new Set<string>();
    const again: Draft[] = [];
    const round = rest.filter((draft) => {
      if (!ids.has(draft.id!)) return ids.add(draft.id!);
      again.push(draft);
      return false;
    });
    yield* pieces(round, MOST);
    rest = again;
  }
}
