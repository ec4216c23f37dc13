/** Creating, changing and deleting contacts: each is a request of its own, and has its own outcome. */
import type { Context } from '#kit/context.ts';
import { Problem, Refused, TryLater } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import { type JsonObject, objectOf } from '#kit/json.ts';
import { checkValues, Misfits } from '#kit/rows.ts';
import type { Draft, Outcome, Removal, Row } from '#kit/stream.ts';
import { ask, EXTENSION } from './client.ts';
import { contactShape } from './contact.ts';
import { bodyOf, toNewContact } from './contact-body.ts';
import { contactFields } from './contact-fields.ts';
import { isMissing } from './faults.ts';

const BOOK = `${EXTENSION}/address-book/contact`;

export function push(ctx: Context, drafts: readonly Draft[]): Promise<Outcome[]> {
  return oneByOne<Draft, Outcome>(drafts, (draft, onSent) => write(ctx, draft, onSent));
}

export function remove(ctx: Context, ids: readonly string[]): Promise<Removal[]> {
  return oneByOne<string, Removal>(ids, async (id, onSent) => {
    onSent();
    await ask(ctx, { name: 'deleteContact', group: 'heavy', method: 'DELETE', path: `${BOOK}/${encodeURIComponent(id)}` });
    return { is: 'done' };
  });
}

async function write(ctx: Context, draft: Draft, onSent: () => void): Promise<Outcome> {
  const refused = refusal(draft);
  if (refused !== undefined) return refused;
  const { id, mark, fields } = draft;
  if (id === undefined) {
    onSent();
    const body = toNewContact(fields, mark);
    return done(await ask(ctx, { name: 'createContact', group: 'heavy', method: 'POST', path: BOOK, body }));
  }
  const path = `${BOOK}/${encodeURIComponent(id)}`;
  const raw = objectOf(draft.raw) ?? (await read(ctx, path));
  const { body } = bodyOf(fields, raw);
  if (Object.keys(body).length === 0) return done(raw);
  if (Object.values(body).includes(null)) return replace(ctx, path, fields, onSent);
  onSent();
  return done(await ask(ctx, { name: 'patchContact', group: 'heavy', method: 'PATCH', path, body }));
}

async function read(ctx: Context, path: string): Promise<JsonObject> {
  return contactShape.trim(await ask(ctx, { name: 'readContact', group: 'heavy', path }));
}

/**
 * Clears something. "Null removes" says the text of PATCH, and its schema has no null: so the contact as it is now is put whole,
 * less what goes.
 */
async function replace(ctx: Context, path: string, fields: Values, onSent: () => void): Promise<Outcome> {
  const { id: _, ...now } = await read(ctx, path);
  const whole = Object.entries({ ...now, ...bodyOf(fields, now).body }).filter(([, value]) => value !== null);
  onSent();
  const body = Object.fromEntries(whole);
  return done(await ask(ctx, { name: 'updateContact', group: 'heavy', method: 'PUT', path, body }));
}

/** What can be said of a draft without asking. */
function refusal({ raw, fields }: Draft): Outcome | undefined {
  const problem = checkValues(contactFields, fields)[0];
  if (problem !== undefined) {
    const reason = `${problem.path}: found ${problem.found}, allowed is ${problem.allowed}`;
    return { is: 'refused', reason, field: problem.path.split('/')[0]! };
  }
  const { misplaced } = bodyOf(fields, objectOf(raw) ?? {});
  return misplaced === undefined
    ? undefined
    : { is: 'refused', reason: `${misplaced}: RingCentral has no place left for another one`, field: misplaced };
}

function done(contact: Parameters<typeof contactShape.trim>[0]): Outcome {
  try {
    const row: Row = contactShape.toRow(contactShape.trim(contact));
    return { is: 'done', row };
  } catch (error) {
    if (!(error instanceof Misfits)) throw error;
    return { is: 'unknown', reason: `RingCentral took it and answered with what breaks the declared fields: ${error.message}` };
  }
}

type Failure = Exclude<Outcome, { is: 'done' | 'stale' }>;

/**
 * One after the other. What was refused is said of the one it concerns; after anything else the others wait, since they would only
 * lengthen the trouble. Throws only when nothing was sent.
 */
async function oneByOne<Item, Result extends { is: string }>(
  items: readonly Item[],
  send: (item: Item, onSent: () => void) => Promise<Result>,
): Promise<(Result | Failure)[]> {
  const outcomes: (Result | Failure)[] = [];
  let anySent = false;
  for (const item of items) {
    let sent = false;
    try {
      outcomes.push(
        await send(item, () => {
          sent = true;
        }),
      );
      anySent ||= sent;
    } catch (error) {
      if (error instanceof Refused) {
        outcomes.push(isMissing(error) ? { is: 'gone' } : refusedOf(error));
        anySent = true;
        continue;
      }
      const uncertain = sent && isUncertain(error);
      if (!uncertain && !anySent) throw error;
      const later: Failure = { is: 'later', afterMs: error instanceof TryLater ? error.afterMs : 0 };
      const reason = error instanceof Error ? error.message : String(error);
      outcomes.push(uncertain ? { is: 'unknown', reason } : later);
      while (outcomes.length < items.length) outcomes.push(later);
    }
    if (outcomes.length === items.length) break;
  }
  return outcomes;
}

function refusedOf({ message, field }: Refused): Failure {
  return { is: 'refused', reason: message, ...(field !== undefined && { field }) };
}

/** May it have been carried out? Not when the service said it was not. */
function isUncertain(error: unknown): boolean {
  if (!(error instanceof Problem)) return true;
  if (error instanceof TryLater) return !error.notSent;
  return error.next === 'changed';
}
