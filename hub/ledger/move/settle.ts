/**
 * Notes in the books one moves to what had settled a part of the documents in those one leaves, so that as much is open on both sides; and
 * sets the tax of documents right that rounding made other cents of. Told by what was read last, so the other books are read first. Each
 * step has a key made of what it starts from: asked again it is the same one.
 */

import { amountIn, decimalsOf, exact, moneyOf, round } from '#crm/ledger/amounts.ts';
import { linesOf } from '#crm/ledger/totals.ts';
import { Fault } from '#hub/fault.ts';
import type { Action } from '#kit/connector.ts';
import { TryLater } from '#kit/errors.ts';
import type { Values } from '#kit/fields.ts';
import { type ActionRow, actionAsked } from '#store/actions.ts';
import type { Engine } from '#sync/engine.ts';
import type { Reader } from '../history/books.ts';
import type { Figures } from '../history/figures.ts';
import type { Who } from '../parts.ts';
import { bothSides, type Choice, documentsOf, type MoveParts, type Moving } from './documents.ts';
import { SETTLED } from './rules.ts';

/** What a connection does for us when asked; each asking under a key is carried out once. The room of actions is one. */
export interface Doing {
  offered(workspace: number, connection: number): Promise<{ [name: string]: Action }>;
  perform(
    who: Asker,
    asked: { connection: number; action: string; input: Values; record: string; key: string },
  ): Promise<ActionRow>;
  repeat(who: Asker, id: number): Promise<ActionRow>;
  /** As it stands: one whose answer is overdue is unsure. */
  look(workspace: number, id: number): Promise<ActionRow>;
}

type Asker = Who & { pays: boolean };

export interface SettleParts extends MoveParts {
  actions: Doing;
  engine: Pick<Engine, 'request' | 'drain'>;
}

export interface Settling extends Choice {
  /** Where what was settled before is booked to over there. */
  account: string;
  /** The day it is booked on. Default today. */
  date?: string | undefined;
}

export interface Settled {
  /** Documents of which a part is noted as settled now, and those whose tax was set right. */
  settled: number;
  corrected: number;
  /** Documents that are open alike on both sides, and those that differ in what cannot be brought about: the sheet says in what. */
  alike: number;
  apart: number;
  problems: { number: string; record: string; said: string }[];
  /** The service allows no more for so long, ms: ask again then. Null: all was gone through. */
  later: number | null;
}

/** Most documents in one go; the rest is left for the next. */
const MOST = 500;

export async function settle(parts: SettleParts, who: Who, asked: Settling): Promise<Settled> {
  const { store, actions } = parts;
  const sides = await store.workspace(who.workspace, (tx) => bothSides(parts, tx, asked));
  const done: Settled = { settled: 0, corrected: 0, alike: 0, apart: 0, problems: [], later: null };
  done.later = await readAgain(parts, who, sides.to);
  if (done.later !== null) return done;
  const offered = await actions.offered(who.workspace, asked.to);
  let touched = 0;
  for await (const moving of documentsOf(parts, who.workspace, asked)) {
    if (moving.to === undefined || moving.to.figures.currency !== moving.from.figures.currency) continue;
    if (touched >= MOST || done.later !== null) {
      done.later ??= 0;
      break;
    }
    const steps = stepsOf(moving, asked, offered, new Date(parts.now()).toISOString().slice(0, 10));
    if (steps.length > 0) touched += 1;
    else done[isAlike(moving.from.figures, moving.to.figures) ? 'alike' : 'apart'] += 1;
    for (const { serves, ...step } of steps) {
      const said = await take(parts, who, asked.to, moving, step, offered[step.action]!);
      if (said === null) done[serves === 'tax' ? 'corrected' : 'settled'] += 1;
      else if (typeof said === 'number') done.later = said;
      else done.problems.push({ number: moving.from.figures.number, record: moving.record.id, said });
      if (said !== null) break;
    }
  }
  if (touched > 0) done.later ??= await readAgain(parts, who, sides.to);
  return done;
}

const isAlike = (a: Figures, b: Figures): boolean =>
  a.total.eq(b.total) && (a.balance === null || b.balance === null ? a.balance === b.balance : a.balance.eq(b.balance));

/** Null, or when the service may be asked again, ms. */
async function readAgain({ engine }: SettleParts, { workspace, by }: Who, readers: readonly Reader[]): Promise<number | null> {
  for (const { sync } of readers) {
    if (sync.state !== 'on') continue;
    await engine.request(workspace, sync.id, false);
    try {
      await engine.drain(workspace, sync.id, by);
    } catch (error) {
      if (error instanceof TryLater) return error.afterMs;
      throw error;
    }
  }
  return null;
}

interface Step {
  action: string;
  input: Values;
  /** What it starts from and comes to. */
  about: string;
}

/** What has to be done over there, in order; nothing where both are alike, or where it cannot be brought about. */
function stepsOf(
  { from, to }: Moving,
  { account, date }: Settling,
  offered: { readonly [name: string]: Action },
  today: string,
): (Step & { serves: 'tax' | 'settle' })[] {
  const { figures, reader, row, stated } = to!;
  const { currency } = figures;
  const stream = reader.sync.stream.split('.')[1]!;
  const actionFor = (serves: Action['serves']) =>
    Object.entries(offered).find(([, action]) => action.serves === serves && action.upon === stream)?.[0];
  const steps: (Step & { serves: 'tax' | 'settle' })[] = [];
  const differs = from.figures.total.minus(figures.total);
  const unit = exact(10).pow(-decimalsOf(currency));
  const cents = unit.times(Math.max(1, linesOf(stated).length));
  let due = figures.balance;
  const correct = actionFor('tax');
  if (!differs.eq(0) && differs.abs().lte(cents) && correct !== undefined) {
    const tax = (amountIn(stated.tax, currency) ?? exact(0)).plus(differs);
    const about = `tax ${figures.total.toFixed()} to ${from.figures.total.toFixed()}`;
    steps.push({ serves: 'tax', action: correct, input: { row, tax: { ...moneyOf(tax, currency) } }, about });
    due = due?.plus(differs) ?? null;
  }
  const amount = due === null || from.figures.balance === null ? exact(0) : due.minus(from.figures.balance);
  const note = actionFor('settle');
  if (amount.gt(0) && note !== undefined) {
    const input = { row, amount: { ...moneyOf(round(amount, 4), currency) }, account, date: date ?? today, reference: SETTLED };
    const about = `due ${due!.toFixed()} to ${from.figures.balance!.toFixed()} by ${account}`;
    steps.push({ serves: 'settle', action: note, input, about });
  }
  return steps;
}

/**
 * Null where it was done; a number where the service allows no more for so long, ms; else what was said. A step whose answer never came is
 * asked for under its own key; once that is forgotten over there, what was read since has told that it was not done.
 */
async function take(
  { store, actions }: SettleParts,
  who: Who,
  connection: number,
  { record, to }: Moving,
  { action, input, about }: Step,
  { lifetime }: Action,
): Promise<string | number | null> {
  const asker = { ...who, pays: false };
  for (let n = 0; ; n += 1) {
    const key = `move ${connection} ${record.id} ${about}${n === 0 ? '' : ` #${n}`}`;
    const asked = await store.workspace(who.workspace, (tx) => actionAsked(tx, key));
    const before = asked && (await actions.look(who.workspace, asked.id));
    if (before?.state === 'refused' || (before && isUndone(before, lifetime, to!.reader.sync))) continue;
    if (before?.state === 'done')
      return `noted as action ${before.id} before, and not to be seen over there: let the sync read, or enter by hand what was undone`;
    const row = before ?? (await actions.perform(asker, { connection, action, input, record: record.id, key }));
    const sure = row.state === 'unsure' ? await again(actions, asker, row) : row;
    if (sure.state === 'done') return null;
    return typeof sure.answer?.afterMs === 'number' ? sure.answer.afterMs : sure.said || `it is ${sure.state}`;
  }
}

/** Its key means nothing to the service by now, and a reading that began since, and came to its end, does not show it. */
function isUndone({ state, at, until }: ActionRow, lifetime: number | undefined, read: Reader['sync']): boolean {
  if (state !== 'unsure' || lifetime === undefined || read.pass_began === null || read.succeeded === null) return false;
  const [began, ended] = [Date.parse(read.pass_began), Date.parse(read.succeeded)];
  return began <= ended && began >= Math.max(Date.parse(at) + lifetime, Date.parse(until));
}

/** Sent again while the service knows the key; after that it is for what is read next to tell. */
async function again(actions: Doing, asker: Asker, row: ActionRow): Promise<ActionRow> {
  try {
    return await actions.repeat(asker, row.id);
  } catch (error) {
    if (error instanceof Fault) return { ...row, said: `${error.message} ${error.advice}` };
    throw error;
  }
}
