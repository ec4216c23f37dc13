/**
 * What goes out, in three steps: (1) a transaction settles again from the record, link and mapping as they are now, and freezes
 * draft and key; (2) the call, outside any transaction; (3) a transaction notes the answer as theirs and the frozen ours as agreed.
 */
import type { CrmRecord } from '#crm/core.ts';
import type { Draft, Outcome, Removal } from '#kit/connector.ts';
import { Problem, TryLater } from '#kit/errors.ts';
import type { Json, Values } from '#kit/fields.ts';
import type { Tx } from '#store/database.ts';
import { type Flight, type IntentRow, land, takeIntents, takeOff } from '#store/flights.ts';
import { openHeld } from '#store/held.ts';
import { uuidv7 } from '#store/ids.ts';
import { markFor } from '#store/intents.ts';
import { type Link, linksOfRecords, otherLinks, setLinkState } from '#store/links.ts';
import type { Counts } from './counts.ts';
import { newDesk } from './desk.ts';
import type { Env } from './env.ts';
import { type Departing, noteAnswers } from './landing.ts';
import { noteProgress } from './progress.ts';
import type { Reason } from './reasons.ts';
import { type Apart, settle } from './settle.ts';
import type { OutwardTranslated } from './translate.ts';

/** What is to become of one intent. */
export type Sending =
  | { is: 'send'; flight: Flight }
  | { is: 'nothing'; reason: Reason }
  | { is: 'hold'; reason: Reason; field: string; question: { [name: string]: Json } };

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
  if (removals.length > 0) {
    const { outcomes, problem } = await remove(env, removals);
    await env.page(async (tx) => {
      await noteAnswers(env, tx, removals, outcomes, 0, run, counts);
      await noteProgress(env, tx, run, counts);
    });
    if (problem) throw problem;
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
  for (const intent of intents) {
    const owed = sendings.get(intent.record) ?? [];
    const drafts = draftsOf(intent, owed);
    const room = most - departing.length;
    if (drafts.length > room && departing.length > 0) continue; // stays open: it has its turn in the next call
    if (drafts.length > room) unfinished.push(intent.record);
    if (drafts.length === 0) landed.push(intent);
    departing.push(...drafts.slice(0, room));
    dealt.push(...owed);
  }
  await takeOff(tx, env.sync.id, leaving(departing), new Date(env.now()));
  await land(tx, env.sync.id, landed);
  // More rows than one call takes: marked again, so that the record is settled once more when these have landed.
  await markFor(tx, env.sync.id, unfinished);
  await holdThem(env, tx, dealt);
  return { departing, dealt: new Set(departing.map((d) => d.intent)).size + landed.length };
}

/** One draft for each row that is owed something. */
function draftsOf(intent: IntentRow, owed: readonly Sendings[]): Departing[] {
  return owed.flatMap(({ record, link, sending }) =>
    sending.is === 'send' ? [{ intent, record: record!, link, key: uuidv7(), flight: sending.flight }] : [],
  );
}

function leaving(departing: readonly Departing[]): { record: string; key: string; flights: Flight[] }[] {
  return [...Map.groupBy(departing, (d) => d.intent).values()].map((drafts) => ({
    record: drafts[0]!.record.id,
    key: drafts[0]!.key,
    flights: drafts.map((d) => d.flight),
  }));
}

/** What a record owes one of its rows, or the service where it has none. */
export interface Sendings {
  id: string;
  record: CrmRecord | undefined;
  link: Link | null;
  sending: Sending;
}

/** What each record owes this service just now: to every living row of it. Changes nothing: previews ask it too. */
export async function sendingsOf(env: Env, tx: Tx, ids: readonly string[]): Promise<Map<string, Sendings[]>> {
  const records = await env.crm.read(tx, ids);
  const links = Map.groupBy(await linksOfRecords(tx, env.sync.id, ids), (l) => l.record);
  const linked = [...links.values()].flat().filter((l) => l.state === 'live' || l.state === 'dormant');
  const inward = (
    await env.translation.inward(
      tx,
      linked.map((l) => env.rowOf(l)),
      newDesk(),
    )
  ).translated;
  const outward = await env.translation.outward(tx, [...records.values()]);
  const foreign = new Set(
    env.stream.personal
      ? await otherLinks(
          tx,
          env.sync,
          ids.filter((id) => !links.has(id)),
          [],
        )
      : [],
  );
  const sendings = new Map<string, Sendings[]>();
  for (const id of ids) {
    const record = records.get(id);
    const owed = toldOf(links.get(id) ?? []).map((link): Sendings => {
      const theirs = link ? inward.get(link.row) : undefined;
      return { id, record, link, sending: decide(env, record, link, theirs, outward.get(id), foreign.has(id)) };
    });
    sendings.set(id, owed);
  }
  return sendings;
}

/** The links that are told: those that live, the leading one first; else the one that says why nothing is; null for a creation. */
function toldOf(links: readonly Link[]): (Link | null)[] {
  const live = links.filter((l) => l.state === 'live');
  if (live.length > 0) return live.sort((a, b) => Number(b.leads) - Number(a.leads));
  return [links.find((l) => l.state === 'dormant') ?? links[0] ?? null];
}

type Inward = { values: Values; resting: ReadonlySet<string>; outside: boolean };

/** `foreign`: the record came from another person's account, and this one is a person's too. */
function decide(
  env: Env,
  record: CrmRecord | undefined,
  link: Link | null,
  theirs: Inward | undefined,
  outward: OutwardTranslated | undefined,
  foreign: boolean,
): Sending {
  if (!record || !outward) return nothing('gone');
  if (link?.state === 'severed' || link?.state === 'gone') return nothing(link.state);
  if (record.archived !== null) return farewell(env, record, link);
  if (outward.outside) return nothing('outside');
  if (!link) return foreign ? nothing('personal') : birth(env, record, outward);
  if (!theirs) return nothing('gone');
  if (theirs.outside) return nothing('outside');
  const tells = settle({
    rules: env.translation.rules,
    row: env.rowOf(link).fields,
    inward: theirs.values,
    resting: theirs.resting,
    record: record.fields,
    base: env.baseOf(link),
    edited: env.editedSince(link.mapping_version),
    leads: link.leads,
    outward: true,
    cut: env.rowOf(link).cut ?? [],
    replaced: link.replaced,
    stale: false,
    rowTime: link.row_time ?? record.created,
    recordTime: (field) => record.times?.[field] ?? record.created,
    apart: (link.apart ?? null) as Apart | null,
    flips: link.flips,
    now: env.now(),
  }).tells;
  return tells.length === 0 ? nothing('in step') : change(env, record, link, tells, outward);
}

const nothing = (reason: Reason): Sending => ({ is: 'nothing', reason });

/** An update: the fields owed, in the service's words. */
function change(env: Env, record: CrmRecord, link: Link, tells: readonly string[], outward: OutwardTranslated): Sending {
  const row = env.rowOf(link);
  const problem = outward.problems.find((p) => tells.includes(p.field));
  if (problem)
    return {
      is: 'hold',
      reason: 'unmappable',
      field: problem.field,
      question: { problem: problem.problem, ours: problem.value },
    };
  const flight: Flight = { row: link.row, fields: {}, ours: {}, replaced: {}, mappingVersion: env.mappingVersion };
  if (row.version !== undefined) flight.version = row.version;
  for (const rule of env.translation.rules) {
    if (!tells.includes(rule.crm) || rule.theirs === null) continue;
    flight.fields[rule.theirs] = outward.values[rule.theirs] ?? null;
    flight.ours[rule.crm] = record.fields[rule.crm] ?? null;
    flight.replaced[rule.theirs] = row.fields[rule.theirs] ?? null;
  }
  return { is: 'send', flight };
}

/** A creation: everything the mapping says outward. */
function birth(env: Env, record: CrmRecord, outward: OutwardTranslated): Sending {
  if (!env.mapping.createsTheirs) return nothing('creation off');
  const problem = outward.problems[0];
  if (problem)
    return {
      is: 'hold',
      reason: 'unmappable',
      field: problem.field,
      question: { problem: problem.problem, ours: problem.value },
    };
  const flight: Flight = { fields: outward.values, ours: {}, replaced: {}, mappingVersion: env.mappingVersion };
  for (const rule of env.translation.rules) {
    if (rule.way === 'in' || rule.theirs === null) continue;
    const value = record.fields[rule.crm];
    if (value !== undefined) flight.ours[rule.crm] = value;
  }
  return Object.keys(flight.fields).length === 0 ? nothing('in step') : { is: 'send', flight };
}

/** An archived record: the row goes too if the mapping says so. */
function farewell(env: Env, record: CrmRecord, link: Link | null): Sending {
  if (link?.state !== 'live' || env.mapping.oursGone !== 'remove' || record.mergedInto !== null) return nothing('archived');
  const flight: Flight = { row: link.row, fields: {}, ours: {}, replaced: {}, mappingVersion: env.mappingVersion, remove: true };
  return { is: 'send', flight };
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
