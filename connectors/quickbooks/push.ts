/**
 * Writing. A creation is a request of its own, under an id that the service remembers, so that it may be sent again; updates go thirty
 * to a batch, each with the SyncToken it stands on.
 */
import type { Context } from '#kit/context.ts';
import { Refused, TryLater } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { Draft, Outcome } from '#kit/stream.ts';
import { type Answered, sendBatch } from './batches.ts';
import { ask } from './client.ts';
import { faultOf, NOT_FOUND } from './faults.ts';
import { findByIds } from './finding.ts';
import { changing, type Members, Unplaced } from './members.ts';
import { done, failureOf, inTurn } from './outcomes.ts';
import { inCurrency } from './pull.ts';
import { requestIdOf } from './request-id.ts';
import type { Done, Sdk } from './sdk.ts';
import { type Kind, tokenOf } from './things.ts';
import { isVoided, refusedEnd, voiding, voids } from './voiding.ts';

export interface Writing {
  kind: Kind;
  /** Members for fields, composed over the thing as it is. Throws Unplaced. */
  members(fields: Values, raw: JsonObject): Members;
  create(sdk: Sdk, body: JsonObject, done: Done): void;
  /** Asked before new things are sent: what gives each what it must have and was not given. */
  prepare?(ctx: Context): Promise<(body: Members) => Members>;
}

interface Update {
  draft: Draft;
  raw: JsonObject;
  /** What changes; null where it is voided, and nothing else of it matters. */
  members: Members | null;
}

/** "The maximum number of items in a batch is 30" (batch). */
export const MOST = 30;

/** Outcomes in the order of the drafts. Throws only when no draft was sent. */
export async function push(writing: Writing, ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const outcomes = new Map<Draft, Outcome>();
  for (const draft of drafts) {
    const refused = refusal(writing.kind, draft);
    if (refused !== undefined) outcomes.set(draft, refused);
  }
  const open = drafts.filter((draft) => !outcomes.has(draft));
  const updates = await readied(writing, ctx, open, outcomes);
  const creations = open.filter((draft) => draft.id === undefined);
  const complete = creations.length === 0 ? undefined : await writing.prepare?.(ctx);
  const jobs = [
    ...chunks(updates, MOST).map((some) => ({ drafts: some.map(({ draft }) => draft), send: () => update(writing, ctx, some) })),
    ...creations.map((draft) => ({ drafts: [draft], send: () => create(writing, ctx, draft, complete) })),
  ];
  const problem = await inTurn(jobs, outcomes);
  if (problem !== undefined && open.every((draft) => !outcomes.has(draft))) throw problem;
  const afterMs = problem instanceof TryLater ? problem.afterMs : 0;
  return drafts.map((draft) => outcomes.get(draft) ?? { is: 'later', afterMs });
}

/** What can be said of a draft without asking. */
function refusal({ fields: declared }: Kind, { fields }: Draft): Outcome | undefined {
  const made = Object.keys(fields).find((field) => declared[field]?.readOnly);
  if (made !== undefined) return { is: 'refused', reason: `${made} is made by QuickBooks and cannot be written`, field: made };
  const problem = checkValues(declared, { ...required(declared), ...fields })[0];
  if (problem === undefined) return undefined;
  const reason = `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`;
  return { is: 'refused', reason, field: problem.path.split('/')[0]! };
}

/** Stands in for fields that are required and not concerned. */
function required(declared: Kind['fields']): Values {
  const values: Values = {};
  for (const [name, { required: needed, kind }] of Object.entries(declared)) {
    if (needed) values[name] = kind === 'lines' ? [{}] : kind === 'money' ? { amount: '0', currency: 'USD' } : 'x';
  }
  return values;
}

/** Updates with the thing to compose over; one that came without is read first. What says nothing new is done already. */
async function readied(
  { kind, members }: Writing,
  ctx: Context,
  drafts: readonly Draft[],
  outcomes: Map<Draft, Outcome>,
): Promise<Update[]> {
  const those = drafts.filter((draft) => draft.id !== undefined);
  const bare = those.filter((draft) => objectOf(draft.raw) === undefined).map((draft) => draft.id!);
  const read = bare.length === 0 ? new Map<string, JsonObject>() : await findByIds(ctx, kind, bare);
  return those.flatMap((draft): Update[] => {
    const raw = objectOf(draft.raw) ?? read.get(draft.id!);
    if (raw === undefined) {
      outcomes.set(draft, { is: 'gone' });
      return [];
    }
    const refused = refusedEnd(kind, draft, raw);
    if (refused !== undefined) {
      outcomes.set(draft, refused);
      return [];
    }
    if (voids(kind, draft) && !isVoided(kind, raw)) return [{ draft, raw, members: null }];
    const wanted = placed(() => changing(members(draft.fields, raw), raw), draft, outcomes);
    if (wanted === undefined) return [];
    if (Object.keys(wanted).length > 0) return [{ draft, raw, members: wanted }];
    outcomes.set(draft, done(kind, inCurrency(ctx, raw)));
    return [];
  });
}

function placed<T>(make: () => T, draft: Draft, outcomes: Map<Draft, Outcome>): T | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Unplaced)) throw error;
    outcomes.set(draft, { is: 'refused', reason: error.message, field: error.field });
    return undefined;
  }
}

async function update({ kind }: Writing, ctx: Context, updates: readonly Update[]): Promise<Map<Draft, Outcome>> {
  const items = updates.map(({ draft, raw, members }): JsonObject => {
    const token = draft.version === undefined ? textOf(raw.SyncToken)! : tokenOf(draft.version);
    const one = { Id: draft.id!, SyncToken: token };
    return members === null ? voiding(kind, one) : { operation: 'update', [kind.entity]: { ...bodyOf(members, raw), ...one } };
  });
  const answers = await sendBatch(ctx, `update ${kind.entity}`, requestIdOf(...updates.map(({ draft }) => draft.key)), items);
  const found = new Map<Draft, Outcome>();
  for (const [at, { draft }] of updates.entries()) found.set(draft, outcomeOf(kind, ctx, answers[at]!));
  await whoIsGone(
    kind,
    ctx,
    updates.map(({ draft }) => draft),
    answers,
    found,
  );
  return found;
}

/**
 * Sparse: only what is said changes. An e-mail address cannot be said to be empty (it must have an @): to clear it the thing is sent
 * whole without it, "and what is left out is reset".
 */
function bodyOf(members: Members, raw: JsonObject): Members {
  if (objectOf(members.PrimaryEmailAddr)?.Address !== '') return { ...members, sparse: true };
  const { PrimaryEmailAddr: _, ...whole } = { ...raw, ...members };
  return { ...Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== '')), sparse: false };
}

function outcomeOf(kind: Kind, ctx: Context, answer: Answered): Outcome {
  const thing = objectOf(answer.item?.[kind.entity]);
  return thing === undefined ? failureOf(answer.said) : done(kind, inCurrency(ctx, thing));
}

/** "Not found" (610) is said of the thing and of what it refers to alike: whether it is there itself shows when it is read. */
async function whoIsGone(
  kind: Kind,
  ctx: Context,
  drafts: readonly Draft[],
  answers: readonly Answered[],
  found: Map<Draft, Outcome>,
): Promise<void> {
  const doubtful = drafts.filter((_draft, at) => answers[at]!.said?.code === NOT_FOUND);
  if (doubtful.length === 0) return;
  const there = await findByIds(
    ctx,
    kind,
    doubtful.map(({ id }) => id!),
  ).catch(() => undefined);
  for (const draft of doubtful) if (there !== undefined && !there.has(draft.id!)) found.set(draft, { is: 'gone' });
}

async function create(
  { kind, members, create: send }: Writing,
  ctx: Context,
  draft: Draft,
  complete: (body: Members) => Members = (body) => body,
): Promise<Map<Draft, Outcome>> {
  const outcomes = new Map<Draft, Outcome>();
  const refused = refusedEnd(kind, draft, undefined);
  if (refused !== undefined) return outcomes.set(draft, refused);
  const wanted = placed(() => changing(members(draft.fields, {}), {}), draft, outcomes);
  if (wanted === undefined) return outcomes;
  const body = complete(wanted);
  const { entity } = kind;
  try {
    const answer = await ask(
      ctx,
      { name: `create ${entity}`, requestId: requestIdOf(draft.key) },
      (sdk, done) => send(sdk, body, done),
      { repeatable: true },
    );
    const thing = objectOf(answer[entity]) ?? answer;
    return outcomes.set(draft, done(kind, inCurrency(ctx, thing)));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const said = faultOf(error);
    return outcomes.set(draft, failureOf(said && { code: said.code, message: said.message, element: said.element }, error));
  }
}

function chunks<T>(all: readonly T[], most: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));
}
