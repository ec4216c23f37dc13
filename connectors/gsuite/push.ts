/** Creating and changing contacts, in the fewest calls the batches allow. */
import type { people_v1 } from 'googleapis/build/src/apis/people/index.js';
import type { Context } from '#kit/context.ts';
import { TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { checkValues } from '#kit/rows.ts';
import type { Draft, Outcome } from '#kit/stream.ts';
import { type Failure, personOf, sendBatches } from './batches.ts';
import { membersOf, toNewPerson, toUpdate } from './body.ts';
import { askPeople } from './client.ts';
import { contactFields, MARK, MEMBER_OF, MEMBERS, PERSON_FIELDS, SOURCES } from './fields.ts';
import { contactShape, cutLists } from './person.ts';
import { batchGet, withFormer } from './reads.ts';
import { done } from './records.ts';
import { trim } from './trim.ts';

/** Most people in one batch. */
const MOST = 200;

/** A draft of an update with the person it is composed over. */
interface Update {
  id: string;
  raw: JsonObject;
  draft: Draft;
}

/** Outcomes in the order of the drafts. Throws only when no draft was sent. */
export async function push(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  const outcomes = new Map<Draft, Outcome>();
  for (const draft of drafts) {
    const refused = refusal(draft);
    if (refused !== undefined) outcomes.set(draft, refused);
  }
  const open = drafts.filter((draft) => !outcomes.has(draft));
  const updates = await readied(ctx, open, outcomes);
  const creates = open.filter((draft) => draft.id === undefined);
  let blocked: unknown;
  const attempt = async (send: () => Promise<Map<Draft, Outcome>>) => {
    if (blocked !== undefined) return;
    try {
      for (const [draft, outcome] of await send()) outcomes.set(draft, outcome);
    } catch (error) {
      blocked = error;
    }
  };
  await attempt(() => update(ctx, updates));
  await attempt(() => create(ctx, creates));
  if (blocked !== undefined && open.every((draft) => !outcomes.has(draft))) throw blocked;
  const afterMs = blocked instanceof TryLater ? blocked.afterMs : 0;
  return drafts.map((draft) => outcomes.get(draft) ?? { is: 'later', afterMs });
}

/** What can be said of a draft without asking Google. */
function refusal({ id, raw, fields }: Draft): Outcome | undefined {
  for (const field of Object.keys(fields)) {
    if (field in contactFields && MEMBER_OF[field] === undefined)
      return { is: 'refused', reason: `${field} is made by Google and cannot be written`, field };
  }
  const problem = checkValues(contactFields, fields)[0];
  if (problem !== undefined) {
    const field = problem.path.split('/')[0]!;
    return { is: 'refused', reason: `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`, field };
  }
  const cut = id === undefined ? undefined : cutLists(objectOf(raw) ?? {}).find((field) => field in fields);
  if (cut === undefined) return undefined;
  return { is: 'refused', reason: `Google showed only the first 100 ${cut}; to write would lose the others`, field: cut };
}

/** Updates with the person to compose over; one that came without is read first. */
async function readied(ctx: Context, drafts: readonly Draft[], outcomes: Map<Draft, Outcome>): Promise<Update[]> {
  const updates = drafts.filter((draft) => draft.id !== undefined);
  const bare = updates.filter((draft) => objectOf(draft.raw) === undefined).map((draft) => draft.id!);
  const people = new Map<string, JsonObject | undefined>();
  for (let from = 0; from < bare.length; from += MOST) {
    for (const [id, person] of await batchGet(ctx, bare.slice(from, from + MOST))) people.set(id, person);
  }
  return updates.flatMap((draft) => {
    const id = draft.id!;
    const read = people.get(id);
    const raw = objectOf(draft.raw) ?? (read && trim(read));
    if (raw === undefined) outcomes.set(draft, { is: 'gone' });
    // What is composed must stand on the version the draft means.
    else if (draft.version !== undefined && draft.version !== raw.etag) outcomes.set(draft, { is: 'stale' });
    else return [{ id, raw, draft }];
    return [];
  });
}

/**
 * Updates with one mask for each batch: the members that any of its drafts changes. Drafts of like masks go together; so do
 * those whose lists Google has cut, one by one, since a mask of others would cut them for good.
 */
async function update(ctx: Context, updates: readonly Update[]): Promise<Map<Draft, Outcome>> {
  const whole = updates.filter(({ raw }) => cutLists(raw).length === 0);
  const cut = updates.filter(({ raw }) => cutLists(raw).length > 0);
  const maskOf = ({ draft }: Update) => membersOf(draft.fields).join();
  const sent = await sendBatches<Update, Outcome>({
    batches: [
      ...rounds(whole.toSorted((a, b) => (maskOf(a) < maskOf(b) ? -1 : maskOf(a) > maskOf(b) ? 1 : 0))),
      ...cut.map((one) => [one]),
    ],
    send: async (batch, onSent) => {
      const mask = MEMBERS.filter((member) => batch.some(({ draft }) => membersOf(draft.fields).includes(member)));
      const body = {
        contacts: Object.fromEntries(batch.map(({ id, raw, draft }) => [id, toUpdate(raw, draft.fields, mask)])),
        updateMask: mask.join(','),
        readMask: PERSON_FIELDS,
        sources: SOURCES,
      };
      const answer = await askPeople(ctx, { name: 'people.people.batchUpdateContacts', group: 'writes' }, (people, options) => {
        onSent();
        return people.batchUpdateContacts(
          { requestBody: body satisfies JsonObject as people_v1.Schema$BatchUpdateContactsRequest },
          options,
        );
      });
      const results = objectOf(answer.updateResult);
      return batch.map(({ id }) => outcomeOf(objectOf(results?.[id]), id));
    },
    guilty: (error, batch) => batch.find(({ id }) => id === error.resourceName),
  });
  return new Map([...sent].map(([{ draft }, outcome]) => [draft, outcome]));
}

/** Batches in which no contact stands twice: a second draft for one goes after the first. */
function rounds(updates: readonly Update[]): Update[][] {
  const batches: Update[][] = [];
  let rest = [...updates];
  while (rest.length > 0) {
    const ids = new Set<string>();
    const again: Update[] = [];
    const round = rest.filter((one) => {
      if (!ids.has(one.id)) return ids.add(one.id);
      again.push(one);
      return false;
    });
    for (let from = 0; from < round.length; from += MOST) batches.push(round.slice(from, from + MOST));
    rest = again;
  }
  return batches;
}

async function create(ctx: Context, drafts: readonly Draft[]): Promise<Map<Draft, Outcome>> {
  const batches: Draft[][] = [];
  for (let from = 0; from < drafts.length; from += MOST) batches.push(drafts.slice(from, from + MOST));
  return sendBatches<Draft, Outcome>({
    batches,
    send: async (batch, onSent) => {
      const body = {
        contacts: batch.map(({ fields, mark }) => ({ contactPerson: toNewPerson(fields, mark) })),
        readMask: PERSON_FIELDS,
        sources: SOURCES,
      };
      const answer = await askPeople(ctx, { name: 'people.people.batchCreateContacts', group: 'writes' }, (people, options) => {
        onSent();
        return people.batchCreateContacts(
          { requestBody: body satisfies JsonObject as people_v1.Schema$BatchCreateContactsRequest },
          options,
        );
      });
      return outcomesByMark(batch, objectsOf(answer.createdPeople));
    },
    guilty: (error, batch) => (typeof error.index === 'number' ? batch[error.index] : undefined),
  });
}

/** People know whose they are by the mark; those that failed follow in the order of the drafts that are left. */
function outcomesByMark(batch: readonly Draft[], responses: readonly JsonObject[]): Outcome[] {
  const made = new Map<string, JsonObject>();
  const others: JsonObject[] = [];
  for (const response of responses) {
    const data = objectsOf(objectOf(response.person)?.clientData);
    const mark = textOf(data.find((one) => one.key === MARK)?.value);
    if (mark !== undefined && !made.has(mark)) made.set(mark, response);
    else others.push(response);
  }
  return batch.map(({ mark }) => {
    const response = made.get(mark);
    made.delete(mark);
    return outcomeOf(response ?? others.shift());
  });
}

function outcomeOf(response: JsonObject | undefined, asked?: string): Outcome {
  const person: JsonObject | Failure = personOf(response);
  if (isFailure(person)) return person;
  const outcome = done(contactShape, person);
  return outcome.is === 'done' ? { ...outcome, row: withFormer(outcome.row, asked) } : outcome;
}

function isFailure(answer: { readonly [name: string]: Json } | Failure): answer is Failure {
  return 'is' in answer;
}
