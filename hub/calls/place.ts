/** Click-to-call: from a record's number, at most once. Where no answer came, nobody knows whether it rang, and it is said so. */
import type { CrmRecord } from '#crm/core.ts';
import { readOne } from '#crm/edit.ts';
import { shapeOf } from '#crm/shape.ts';
import { Fault } from '#hub/fault.ts';
import { bothOf, Problem, Reconnect, Refused, TryLater } from '#kit/errors.ts';
import type { Placed } from '#kit/telephony.ts';
import { readPhone } from '#mappings/phone.ts';
import type { Tx } from '#store/database.ts';
import {
  claimPlaced,
  getPlaced,
  insertPlaced,
  listPlaced,
  notePlaced,
  type PlacedRow,
  placedUnder,
} from '#store/placed-calls.ts';
import { readRecords } from '#store/records.ts';
import { linesOf } from './lines.ts';
import { usersOf } from './owner.ts';
import { type CallParts, type Line, lineOf } from './parts.ts';
import { policyOf } from './policy.ts';
import { type Roster, rosterOf } from './roster.ts';

export interface Placing {
  record: string;
  /** One of the record's numbers. Default its primary one. */
  number?: string;
  /** Whose telephone rings first: a number, an extension, or a user of the workspace. */
  from?: string;
  user?: string;
  /** Default the only telephone line there is. */
  connection?: number;
  callerId?: string;
  /** The same key never rings twice. */
  key?: string;
  /** Although the record says not to call. */
  anyway?: boolean;
}

/** States that nothing follows. */
const OVER: ReadonlySet<string> = new Set(['busy', 'no answer', 'rejected', 'failed', 'over', 'unsure', 'cancelled']);
/** States of a call that can still be ended. */
const LIVING = ['ringing', 'connected'];
/** The service answers within this, or nobody knows. */
const ANSWER_MS = 60_000;
const POLL_MS = 3_000;
const CONNECTED_MS = 30_000;

/** Rings. Answers the call as it stands; a key that was used before answers the call that was placed under it. Throws `Fault`. */
export async function place(
  parts: CallParts,
  workspace: number,
  asked: Placing,
  by: string,
  signal: AbortSignal,
): Promise<PlacedRow> {
  const { store } = parts;
  const wanted = await store.workspace(workspace, async (tx) => {
    const before = asked.key === undefined ? undefined : await placedUnder(tx, asked.key);
    if (before !== undefined) return { before };
    return prepare(tx, parts, asked, by);
  });
  if ('before' in wanted) return wanted.before;
  const { row, line, callerId } = wanted;
  if (row === undefined) return (await store.workspace(workspace, (tx) => placedUnder(tx, asked.key!)))!;
  const outcome = await ring(parts, workspace, line, row, callerId, signal);
  return store.workspace(workspace, async (tx) => {
    await note(tx, parts, row.id, ['placing', 'unsure'], outcome);
    return (await getPlaced(tx, row.id))!;
  });
}

async function prepare(
  tx: Tx,
  parts: CallParts,
  asked: Placing,
  by: string,
): Promise<{ row: PlacedRow | undefined; line: Line; callerId: string | undefined }> {
  const record = await readOne(tx, asked.record);
  const line = await chooseLine(tx, parts, asked.connection);
  const { region } = await shapeOf(tx);
  const policy = await policyOf(tx, line.connection);
  const roster = await rosterOf(tx, line.connection, policy, region);
  const called = numberOf(record, asked, region);
  if (record.fields.doNotCall === true && asked.anyway !== true)
    throw new Fault('conflict', `${record.name} is not to be called.`, 'Ask again with `anyway` if they want to be called.');
  const { calling, owner } = await callingFrom(tx, asked, roster, policy);
  const now = parts.now();
  const row = await insertPlaced(tx, {
    ...{ connection: line.connection, key: asked.key ?? null, record: record.id, calling, called, owner, by },
    ...{ at: new Date(now), due: new Date(now + ANSWER_MS) },
  });
  return { row, line, callerId: asked.callerId };
}

async function chooseLine(tx: Tx, parts: CallParts, connection: number | undefined): Promise<Line> {
  const able = (await linesOf(tx, parts)).filter((line) => line.active && line.telephony.place !== undefined);
  const chosen = connection === undefined ? able : able.filter((line) => line.connection === connection);
  if (chosen.length === 1) return chosen[0]!;
  const known = able.map((line) => `${line.connection} (${line.title})`).join(', ') || 'none';
  throw new Fault(
    'conflict',
    connection === undefined ? `${able.length} telephone lines can place calls.` : `Connection ${connection} cannot place calls.`,
    `Name one that can: ${known}.`,
    [{ path: 'connection', found: String(connection ?? 'nothing'), allowed: known }],
  );
}

/** The number of the record that is meant, in E.164. */
function numberOf({ fields, name, object }: CrmRecord, asked: Placing, region: string): string {
  const items = Array.isArray(fields.phones) ? fields.phones : [];
  const phones = items.flatMap((item) => {
    const { value, primary } = item as { value?: string; primary?: boolean };
    const number = typeof value === 'string' ? readPhone(value, region)?.e164 : undefined;
    return number === undefined ? [] : [{ number, primary: primary === true }];
  });
  const wanted = asked.number === undefined ? undefined : readPhone(asked.number, region)?.e164;
  const found =
    asked.number === undefined
      ? (phones.find((phone) => phone.primary) ?? phones[0])
      : phones.find(({ number }) => number === wanted);
  if (found !== undefined) return found.number;
  throw new Fault(
    'invalid',
    `${name || `This ${object}`} cannot be called so.`,
    'Choose one of its numbers, or add the number first.',
    [
      {
        path: 'number',
        found: asked.number ?? 'no number that can be dialled',
        allowed: phones.map(({ number }) => number).join(', ') || 'a record with a number that can be dialled',
      },
    ],
  );
}

/** Whose telephone rings first, and whose call it is. */
async function callingFrom(
  tx: Tx,
  asked: Placing,
  roster: Roster,
  policy: Parameters<typeof usersOf>[3],
): Promise<{ calling: string; owner: string | null }> {
  const users =
    asked.user === undefined && asked.from === undefined
      ? new Map<string, string>()
      : await usersOf(
          tx,
          roster.all.map((e) => e.id),
          roster,
          policy,
        );
  if (asked.from !== undefined) {
    const extension =
      roster.of(asked.from) ?? roster.all.find((one) => one.numbers.includes(roster.number({ number: asked.from! })));
    const calling = roster.of(asked.from)?.numbers[0] ?? readPhone(asked.from, roster.region)?.e164;
    if (calling !== undefined) return { calling, owner: extension ? (users.get(extension.id) ?? null) : null };
    throw unplaceable('from', asked.from, 'a number, or an extension that has one');
  }
  if (asked.user === undefined) throw unplaceable('from', 'nothing', 'a number, an extension, or `user`');
  const own = roster.all.find(({ id, numbers }) => users.get(id) === asked.user && numbers.length > 0)?.numbers[0];
  const [user] = own === undefined ? await readRecords(tx, [asked.user]) : [];
  const phone = typeof user?.fields.phone === 'string' ? readPhone(user.fields.phone, roster.region)?.e164 : undefined;
  const calling = own ?? phone;
  if (calling !== undefined) return { calling, owner: asked.user };
  throw unplaceable('user', asked.user, 'a user with an extension that has a number, or with a phone number');
}

const unplaceable = (path: string, found: string, allowed: string): Fault =>
  new Fault('invalid', 'It is not known whose telephone shall ring first.', 'Say from where to call.', [
    { path, found, allowed },
  ]);

interface Told {
  state: string;
  said: string;
  service: string | null;
  session: string | null;
}

/** Never repeated: an answer that did not come leaves it unsure. */
async function ring(
  parts: CallParts,
  workspace: number,
  line: Line,
  { calling, called, connection }: PlacedRow,
  callerId: string | undefined,
  signal: AbortSignal,
): Promise<Told> {
  try {
    const ctx = await parts.context(workspace, connection, signal).catch((error: unknown) => {
      throw error instanceof Problem ? new Refused(error.message, error.advice, undefined, error) : error;
    });
    const wanted = { from: calling, to: called, ...(callerId !== undefined && { callerId }) };
    return toldOf(await line.telephony.place!(ctx, wanted));
  } catch (error) {
    const sure = error instanceof Refused || error instanceof Reconnect || (error instanceof TryLater && error.notSent);
    const said = error instanceof Problem ? bothOf(error) : (error as Error).message;
    if (!(error instanceof Problem)) parts.log.error({ workspace, connection, err: error }, 'placing a call failed');
    return { state: sure ? 'failed' : 'unsure', said, service: null, session: null };
  }
}

const toldOf = ({ id, state, said, session }: Placed): Told => ({ state, said, service: id, session: session ?? null });

function note(tx: Tx, { now }: CallParts, id: number, of: readonly string[], told: Told): Promise<void> {
  const looked = new Date(now());
  const wait = told.state === 'connected' ? CONNECTED_MS : POLL_MS;
  return notePlaced(tx, id, of, { ...told, looked, due: OVER.has(told.state) ? null : new Date(now() + wait) });
}

/** How far it has come, as the service last said. Throws `Fault`. */
export async function placed({ store }: CallParts, workspace: number, id: number): Promise<PlacedRow> {
  const row = await store.workspace(workspace, (tx) => getPlaced(tx, id));
  if (row !== undefined) return row;
  throw new Fault('missing', `There is no placed call ${id}.`, 'List the placed calls to see which there are.');
}

export const placedList = ({ store }: CallParts, workspace: number, before: number | null, most: number): Promise<PlacedRow[]> =>
  store.workspace(workspace, (tx) => listPlaced(tx, before, most));

/** Ends a call that nobody has taken up yet. Throws `Fault`, and what the service says. */
export async function cancel(parts: CallParts, workspace: number, id: number, signal: AbortSignal): Promise<PlacedRow> {
  const row = await placed(parts, workspace, id);
  const line = await parts.store.workspace(workspace, (tx) => lineOf(tx, parts, row.connection));
  if (OVER.has(row.state) || row.service === null)
    throw new Fault('conflict', `The call is ${row.state}: there is nothing to cancel.`, 'Look at it again for how it stands.');
  if (line?.telephony.cancel === undefined)
    throw new Fault('conflict', 'This telephone cannot cancel a call.', 'Hang up at the telephone that rings.');
  await line.telephony.cancel(await parts.context(workspace, row.connection, signal), row.service);
  await parts.store.workspace(workspace, (tx) =>
    note(tx, parts, id, LIVING, { state: 'cancelled', said: 'cancelled', service: null, session: null }),
  );
  return placed(parts, workspace, id);
}

/** A placed call whose answer is due, or that is to be asked about again. */
export async function lookAtPlaced(parts: CallParts, workspace: number, id: number, signal: AbortSignal): Promise<void> {
  const now = parts.now();
  const found = await parts.store.workspace(workspace, async (tx) => {
    const row = await claimPlaced(tx, id, new Date(now), new Date(now + ANSWER_MS));
    return row && { row, line: await lineOf(tx, parts, row.connection) };
  });
  if (found === undefined) return;
  const { row, line } = found;
  const told = await howItStands(parts, workspace, row, line, signal);
  if (told !== undefined) await parts.store.workspace(workspace, (tx) => note(tx, parts, id, [row.state], told));
}

async function howItStands(
  parts: CallParts,
  workspace: number,
  row: PlacedRow,
  line: Line | undefined,
  signal: AbortSignal,
): Promise<Told | undefined> {
  const same = { service: null, session: null };
  if (row.state === 'placing') return { ...same, state: 'unsure', said: 'The hub stopped before the service had answered.' };
  if (row.service === null || line?.telephony.placed === undefined) return { ...same, state: 'over', said: row.said };
  try {
    const told = await line.telephony.placed(await parts.context(workspace, row.connection, signal), row.service);
    return told === undefined ? { ...same, state: 'over', said: row.said } : toldOf(told);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return undefined; // asked again after a minute
  }
}
