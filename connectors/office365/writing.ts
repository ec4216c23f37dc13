/** Writing, twenty things to a request, one request after the other; each thing has an outcome of its own. */
import type { Context } from '#kit/context.ts';
import { TryLater } from '#kit/errors.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { Draft, Outcome, Removal, Row } from '#kit/stream.ts';
import { type Answered, chunks, MOST, type Part, sendBatch } from './batch.ts';
import { refusalOf } from './faults.ts';
import { done, failureOf, isUncertain, removalOf } from './outcomes.ts';

export interface Writing {
  /** Of what: `contact`. */
  name: string;
  fields: Fields;
  /** The request that makes a new thing. Throws Misplaced. */
  create(draft: Draft): Part;
  /** The request that changes one, composed over how it was last read. Throws Misplaced. */
  update(id: string, fields: Values, raw: JsonObject): Part;
  /** The row of an answer. `sent`: what was asked; `raw`: what it was composed over. Throws Misfits. */
  arrived(answer: JsonObject, sent: Part, raw: JsonObject): Row;
  /** Kept raw things by id, of those that are there. */
  read(ctx: Context, ids: readonly string[]): Promise<ReadonlyMap<string, JsonObject>>;
}

/** A value for which the service has no place. */
export class Misplaced extends Error {
  readonly field: string;
  constructor(field: string, reason: string) {
    super(reason);
    this.name = 'Misplaced';
    this.field = field;
  }
}

interface Job {
  draft: Draft;
  part: Part;
  raw: JsonObject;
}

/** Outcomes in the order of the drafts. Throws only when no draft was sent. */
export async function push(writing: Writing, ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const outcomes = new Map<Draft, Outcome>();
  for (const draft of drafts) {
    const refused = refusal(writing.fields, draft);
    if (refused !== undefined) outcomes.set(draft, refused);
  }
  const open = drafts.filter((draft) => !outcomes.has(draft));
  const updates = await updatesOf(writing, ctx, open, outcomes);
  const creations = open
    .filter((draft) => draft.id === undefined)
    .flatMap((draft) => jobOf(draft, {}, () => writing.create(draft), outcomes));
  const problem = await inTurn(writing, ctx, [...rounds(updates), ...chunks(creations, MOST)], outcomes);
  if (problem !== undefined && open.every((draft) => !outcomes.has(draft))) throw problem;
  const afterMs = problem instanceof TryLater ? problem.afterMs : 0;
  return drafts.map((draft) => outcomes.get(draft) ?? { is: 'later', afterMs });
}

/** What can be said of a draft without asking. */
function refusal(declared: Fields, { id, fields }: Draft): Outcome | undefined {
  const made = Object.keys(fields).find((field) => declared[field]?.readOnly);
  if (made !== undefined) return { is: 'refused', reason: `${made} is made by Microsoft and cannot be written`, field: made };
  const needed = id === undefined ? [] : Object.keys(declared).filter((name) => declared[name]!.required && !(name in fields));
  const problem = checkValues(declared, fields).find(({ path }) => !needed.includes(path));
  if (problem === undefined) return undefined;
  const reason = `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`;
  return { is: 'refused', reason, field: problem.path.split('/')[0]! };
}

/** Updates with the thing to compose over; one that came without is read first. */
async function updatesOf(
  writing: Writing,
  ctx: Context,
  drafts: readonly Draft[],
  outcomes: Map<Draft, Outcome>,
): Promise<Job[]> {
  const those = drafts.filter((draft) => draft.id !== undefined);
  const bare = those.filter((draft) => objectOf(draft.raw) === undefined).map((draft) => draft.id!);
  const read = bare.length === 0 ? new Map<string, JsonObject>() : await writing.read(ctx, bare);
  return those.flatMap((draft): Job[] => {
    const id = draft.id!;
    const raw = objectOf(draft.raw) ?? read.get(id);
    if (raw === undefined) {
      outcomes.set(draft, { is: 'gone' });
      return [];
    }
    const etag = draft.version ?? raw['@odata.etag'];
    // What is composed must stand on the version the draft means.
    if (typeof raw['@odata.etag'] === 'string' && etag !== raw['@odata.etag']) {
      outcomes.set(draft, { is: 'stale' });
      return [];
    }
    const headers: Part['headers'] = typeof etag === 'string' ? { 'If-Match': etag } : {};
    return jobOf(draft, raw, () => ({ headers, ...writing.update(id, draft.fields, raw) }), outcomes);
  });
}

function jobOf(draft: Draft, raw: JsonObject, make: () => Part, outcomes: Map<Draft, Outcome>): Job[] {
  try {
    return [{ draft, raw, part: make() }];
  } catch (error) {
    if (!(error instanceof Misplaced)) throw error;
    outcomes.set(draft, { is: 'refused', reason: error.message, field: error.field });
    return [];
  }
}

/** Requests of a batch are carried out in any order: a second draft for one thing goes after the first. */
function rounds(jobs: readonly Job[]): Job[][] {
  const batches: Job[][] = [];
  for (let rest = [...jobs]; rest.length > 0; ) {
    const round = new Map<string, Job>();
    for (const job of rest) if (!round.has(job.draft.id!)) round.set(job.draft.id!, job);
    batches.push(...chunks([...round.values()], MOST));
    rest = rest.filter((job) => round.get(job.draft.id!) !== job);
  }
  return batches;
}

/** After what was not carried out or may have been, the others wait: they would only lengthen the trouble. Gives that problem. */
async function inTurn(
  writing: Writing,
  ctx: Context,
  batches: readonly (readonly Job[])[],
  outcomes: Map<Draft, Outcome>,
): Promise<unknown> {
  for (const jobs of batches) {
    try {
      const answers = await sendHalving(
        ctx,
        `${writing.name}s.write`,
        jobs.map(({ part }) => part),
      );
      for (const [at, { draft, part, raw }] of jobs.entries()) {
        const one = answers[at]!;
        const outcome =
          one.is === 'fault' ? failureOf(one.fault, draft.id !== undefined) : done(() => writing.arrived(one.body, part, raw));
        outcomes.set(draft, outcome);
      }
    } catch (error) {
      if (!isUncertain(error)) return error;
      const reason = error instanceof Error ? error.message : String(error);
      for (const { draft } of jobs) outcomes.set(draft, { is: 'unknown', reason });
      return error;
    }
  }
  return undefined;
}

/** A batch that is refused as a whole was not carried out: it is sent again in halves. */
async function sendHalving(ctx: Context, name: string, parts: readonly Part[]): Promise<Answered[]> {
  ctx.signal.throwIfAborted();
  try {
    return await sendBatch(ctx, name, 'mailbox', parts, { repeatable: false });
  } catch (error) {
    const fault = refusalOf(error);
    if (fault === undefined) throw error;
    if (parts.length === 1) return [{ is: 'fault', fault }];
    const half = parts.length >> 1;
    return [...(await sendHalving(ctx, name, parts.slice(0, half))), ...(await sendHalving(ctx, name, parts.slice(half)))];
  }
}

/** What became of each id, in order. */
export async function removeAll(
  ctx: Context,
  name: string,
  ids: readonly string[],
  part: (id: string) => Part,
): Promise<Removal[]> {
  const removals = new Map<string, Removal>();
  for (const some of chunks([...new Set(ids)], MOST)) {
    try {
      const answers = await sendHalving(ctx, `${name}s.remove`, some.map(part));
      for (const [at, id] of some.entries()) {
        const one = answers[at]!;
        removals.set(id, one.is === 'answer' ? { is: 'done' } : removalOf(one.fault));
      }
    } catch (error) {
      if (removals.size === 0 && !isUncertain(error)) throw error;
      const afterMs = error instanceof TryLater ? error.afterMs : 0;
      const reason = error instanceof Error ? error.message : String(error);
      if (isUncertain(error)) for (const id of some) removals.set(id, { is: 'unknown', reason });
      return ids.map((id) => removals.get(id) ?? { is: 'later', afterMs });
    }
  }
  return ids.map((id) => removals.get(id)!);
}
