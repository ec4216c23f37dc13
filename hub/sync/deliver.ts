/**
 * What goes out, in three steps: (1) a transaction settles again from the record, link and mapping as they are now, and freezes
 * draft and key; (2) the call, outside any transaction; (3) a transaction notes the answer as theirs and the frozen ours as agreed.
 */

import { Problem, TryLater } from '#kit/errors.ts';
import type { Draft, Outcome, Removal } from '#kit/stream.ts';
import type { Tx } from '#store/database.ts';
import { type Flight, type IntentRow, land, reopen, takeIntents, takeOff } from '#store/flights.ts';
import { openHeld } from '#store/held.ts';
import { uuidv7 } from '#store/ids.ts';
import { markFor } from '#store/intents.ts';
import { setApart, setLinkState } from '#store/links.ts';
import { noteUnsent } from './awaiting.ts';
import { allowDeletions } from './brakes.ts';
import type { Counts } from './counts.ts';
import type { Env } from './env.ts';
import { type Departing, noteAnswers } from './landing.ts';
import { asking, type Became, noteOutward } from './outcomes.ts';
import { type Sendings, sendingsOf } from './owed.ts';
import { noteProgress } from './progress.ts';
import { askAbout } from './unsure.ts';

/** When a creation that waits for an answer is looked at again, should nothing have woken it: an answer, or its question's end, does. */
const WAIT_MS = 3_600_000;

/** Delivers one batch. How many intents were dealt with: 0 means there is nothing to deliver now. */
export async function deliver(env: Env, run: number, counts: Counts): Promise<number> {
  const { departing, dealt } = await env.page(async (tx) => {
    const intents = await takeIntents(tx, env.sync.id, new Date(env.now()), env.stream.batch.push ?? 1);
    return freeze(env, tx, intents);
  });
  if (departing.length === 0) return dealt;
  const writes = departing.filter((d) => !d.flight.remove);
  const removals = departing.filter((d) => d.flight.remove);
  if (writes.length > 0) {
    const { outcomes, begun, problem } = await send(env, writes);
    await env.page(async (tx) => {
      await noteAnswers(env, tx, writes, outcomes, begun, run, counts);
      await noteProgress(env, tx, run, counts);
    });
    if (problem) throw problem;
  }
  const most = env.stream.batch.remove ?? 1;
  for (let from = 0; from < removals.length; from += most) {
    const some = removals.slice(from, from + most);
    const { outcomes, problem } = await remove(env, some);
    await env.page(async (tx) => {
      await noteAnswers(env, tx, some, outcomes, 0, run, counts);
      await noteProgress(env, tx, run, counts);
    });
    if (problem) throw problem; // what is left is still in flight: the next slice takes it up
  }
  return dealt;
}

/** Settles each intent, freezes the drafts of those that owe something as far as one call takes them, and lands the others. */
async function freeze(env: Env, tx: Tx, intents: readonly IntentRow[]): Promise<{ departing: Departing[]; dealt: number }> {
  if (intents.length === 0) return { departing: [], dealt: 0 };
  const sendings = await sendingsOf(
    env,
    tx,
    intents.map((i) => i.record),
  );
  const most = env.stream.batch.push ?? 1;
  const departing: Departing[] = [];
  const landed: IntentRow[] = [];
  const dealt: Sendings[] = [];
  const unfinished: string[] = [];
  const waiting: string[] = [];
  const lost: string[] = [];
  for (const intent of intents) {
    const owed = sendings.get(intent.record) ?? [];
    if (lapsed(env, intent, owed)) {
      lost.push(intent.record);
      continue;
    }
    const same = repeated(intent, owed);
    const drafts = same ?? draftsOf(intent, owed);
    const room = most - departing.length;
    if (drafts.length > room && departing.length > 0) continue; // stays open: it has its turn in the next call
    if (drafts.length > room || same) unfinished.push(intent.record);
    if (owed.some(({ sending }) => sending.is === 'wait') && !same) waiting.push(intent.record);
    else if (drafts.length === 0) landed.push(intent);
    departing.push(...drafts.slice(0, room));
    dealt.push(...owed);
  }
  const removals = departing.filter((d) => d.flight.remove).length;
  if (removals > 0) await allowDeletions(env, tx, 'deletions there', removals);
  await takeOff(tx, env.sync.id, leaving(departing), new Date(env.now()));
  await land(tx, env.sync.id, landed);
  const notBefore = new Date(env.now() + WAIT_MS);
  await reopen(
    tx,
    env.sync.id,
    waiting.map((record) => ({ record, notBefore, counts: false })),
  );
  // More rows than one call takes, or an old draft: marked again, so that the record is settled once more when these have landed.
  await markFor(tx, env.sync.id, unfinished);
  await askAbout(env, tx, lost);
  await noteUnsent(env, tx, dealt);
  await noteOutward(env, tx, dealt.flatMap(stayed));
  await holdThem(env, tx, dealt);
  await noteApart(env, tx, dealt);
  return { departing, dealt: new Set(departing.map((d) => d.intent)).size + landed.length + waiting.length + lost.length };
}

/** What is not sent has its outcome already. */
function stayed({ id, link, sending }: Sendings): Became[] {
  if (sending.is === 'send') return [];
  const said = sending.is === 'hold' ? asking(sending.reason, sending.question) : null;
  return [{ record: id, row: link?.row ?? null, said, because: sending.reason }];
}

/** A creation without an answer, whose row nobody has met since: sent again as it was, for the service knows its key. */
function repeated(intent: IntentRow, [owed]: readonly Sendings[]): Departing[] | undefined {
  if (intent.key === null || !intent.flights?.[0] || !owed?.record || owed.link) return undefined;
  return [{ intent, record: owed.record, link: null, key: intent.key, flight: intent.flights[0] }];
}

/** The service has forgotten the key: sent again, it might be carried out twice. */
function lapsed(env: Env, intent: IntentRow, owed: readonly Sendings[]): boolean {
  const { creates } = env.stream;
  if (creates.by !== 'key' || intent.since === null || !repeated(intent, owed)) return false;
  return Date.parse(intent.since) + creates.lifetime <= env.now();
}

/** One draft for each row that is owed something. */
function draftsOf(intent: IntentRow, owed: readonly Sendings[]): Departing[] {
  return owed.flatMap(({ record, link, sending }) =>
    sending.is === 'send' ? [{ intent, record: record ?? erased(intent), link, key: uuidv7(), flight: sending.flight }] : [],
  );
}

/** All that is left of a record whose row is removed. */
const erased = ({ record }: IntentRow): Departing['record'] => ({ id: record, fields: {} });

function leaving(departing: readonly Departing[]): { record: string; key: string; flights: Flight[] }[] {
  return [...Map.groupBy(departing, (d) => d.intent).values()].map((drafts) => ({
    record: drafts[0]!.record.id,
    key: drafts[0]!.key,
    flights: drafts.map((d) => d.flight),
  }));
}

async function holdThem(env: Env, tx: Tx, sendings: readonly Sendings[]): Promise<void> {
  const held = sendings.flatMap(({ id, link, sending }) =>
    sending.is === 'hold'
      ? [
          {
            subject: link?.row ?? id,
            field: sending.field,
            kind: sending.reason,
            row: link?.row ?? null,
            record: id,
            question: sending.question,
          },
        ]
      : [],
  );
  await openHeld(tx, env.sync.id, held, new Date(env.now()));
  const asleep = sendings.flatMap(({ link, sending }) =>
    sending.is === 'nothing' && sending.reason === 'outside' && link?.state === 'live' ? [link.row] : [],
  );
  await setLinkState(tx, env.sync.id, asleep, 'dormant');
}

/** Fields that differ and are not to be told: the reason stands with the link. */
async function noteApart(env: Env, tx: Tx, dealt: readonly Sendings[]): Promise<void> {
  const differing = dealt.flatMap(({ link, sending: { apart } }) =>
    link && apart !== undefined && JSON.stringify(apart) !== JSON.stringify(link.apart) ? [{ link, apart }] : [],
  );
  for (const { link, apart } of differing) link.apart = apart; // drafts in flight take it along
  await setApart(
    tx,
    env.sync.id,
    differing.map(({ link }) => link),
  );
}

interface Sent<T> {
  outcomes: T[];
  /** Taken after the answer: reads that began before it are stale. */
  begun: number;
  /** An error that concerns the call: noted for every draft, then thrown. */
  problem?: Problem;
}

async function send(env: Env, departing: readonly Departing[]): Promise<Sent<Outcome>> {
  const drafts = departing.map(({ link, flight, key, record }): Draft => {
    const draft: Draft = { key, mark: record.id, fields: flight.fields };
    if (flight.row !== undefined) draft.id = flight.row;
    if (flight.version !== undefined) draft.version = flight.version;
    if (link) draft.raw = link.raw;
    return draft;
  });
  return attempt(env, departing.length, () => env.stream.push!(env.context, drafts));
}

async function remove(env: Env, departing: readonly Departing[]): Promise<Sent<Removal>> {
  const ids = departing.map((d) => d.flight.row!);
  return attempt(env, ids.length, () => env.stream.remove!(env.context, ids));
}

/** An error that concerns the whole call leaves every draft for later: `push` throws only if none was sent. */
async function attempt<T>(env: Env, n: number, call: () => Promise<T[]>): Promise<Sent<T | { is: 'later'; afterMs: number }>> {
  try {
    const outcomes = await call();
    return { outcomes, begun: await env.reading() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const afterMs = error instanceof TryLater ? error.afterMs : 60_000;
    return {
      outcomes: Array.from({ length: n }, () => ({ is: 'later' as const, afterMs })),
      begun: await env.reading(),
      problem: error,
    };
  }
}
