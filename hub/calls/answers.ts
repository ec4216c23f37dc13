/** What people say of calls: whose they are, what was said in them, what came of them. Their word stands for ever. */
import type { Cause, Change, CrmRecord } from '#crm/core.ts';
import { changeOne, createOne, lockOne, readOne } from '#crm/edit.ts';
import { changeRecords } from '#crm/write.ts';
import { Fault } from '#hub/fault.ts';
import type { Json, Values } from '#kit/fields.ts';
import { isBlank } from '#kit/values.ts';
import { markNumbers, sayNumber } from '#store/call-marks.ts';
import { callOfRecord, putCall } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { oneWriter } from '#store/syncs.ts';
import { chosenVerdict } from './attribute.ts';
import type { CallParts } from './parts.ts';

export type BelongsTo =
  /** A contact, a company or a lead. `remember`: the number is theirs from now on, waiting calls and calls to come among them. */
  | { is: 'record'; record: string; remember?: boolean }
  /** Somebody new, made with the call's number and these values. */
  | { is: 'new'; object: 'contact' | 'lead' | 'company'; fields?: Values }
  /** Nobody's: it is not asked again. */
  | { is: 'nobody' };

export interface Who {
  workspace: number;
  by: string;
}

const WHOSE: ReadonlySet<string> = new Set(['contact', 'company', 'lead']);

/** A person says whose a call is. Throws `Fault`. */
export async function belongs(parts: CallParts, { workspace, by }: Who, call: string, answer: BelongsTo): Promise<CrmRecord> {
  const cause: Cause = { by, at: new Date(parts.now()).toISOString() };
  const { record, made } = await parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx);
    const locked = await needCall(tx, call);
    const row = await callOfRecord(tx, locked.id, 'for update');
    const whose = await whoseOf(tx, locked, answer, row?.other ?? null, cause);
    const values = whose === undefined ? NOBODY : valuesFor(whose, by);
    await setBelonging(tx, locked, values, cause);
    if (row !== undefined) {
      Object.assign(row, { question: null, listed: false, chosen: { by, ...(whose && { record: whose.id }) } satisfies Json });
      row.ours = { ...row.ours, ...values };
      await putCall(tx, row);
      if (row.other !== null && whose !== undefined && remembers(answer)) {
        await sayNumber(tx, row.other, whose.id, cause.at, by);
        await markNumbers(tx, [row.other]);
      }
    }
    return { record: await readOne(tx, locked.id), made: answer.is === 'new' ? answer.object : undefined };
  });
  await parts.engine.edited(workspace, made === undefined ? ['call'] : ['call', made]);
  return record;
}

/** Somebody new bears the number in a field of their own. */
const remembers = (answer: BelongsTo): boolean => answer.is === 'record' && answer.remember !== false;

const NOBODY: Values = { contact: null, company: null, lead: null, opportunity: null };

async function whoseOf(
  tx: Tx,
  call: CrmRecord,
  answer: BelongsTo,
  number: string | null,
  cause: Cause,
): Promise<CrmRecord | undefined> {
  if (answer.is === 'nobody') return undefined;
  if (answer.is === 'new') {
    const name = call.fields[call.fields.direction === 'outbound' ? 'toName' : 'fromName'];
    const given: Values = {
      ...(number !== null && { phones: [{ value: number, primary: true }] }),
      ...(typeof name === 'string' && { name }),
      ...(answer.object === 'lead' && { source: 'call', status: 'new' }),
      ...answer.fields,
    };
    return createOne(tx, answer.object, given, cause);
  }
  const record = await readOne(tx, answer.record);
  if (WHOSE.has(record.object) && record.archived === null) return record;
  const found = record.archived === null ? `a ${record.object}` : `an archived ${record.object}`;
  throw new Fault('invalid', `A call cannot belong to ${found}.`, 'Name a contact, a company or a lead.', [
    { path: 'record', found, allowed: 'id of a living contact, company or lead' },
  ]);
}

function valuesFor(record: CrmRecord, by: string): Values {
  const { contact, company, lead, opportunity } = chosenVerdict(record, by);
  return { contact, company, lead, opportunity };
}

async function setBelonging(tx: Tx, record: CrmRecord, values: Values, cause: Cause): Promise<void> {
  const changes: { [field: string]: Change } = {};
  for (const [field, to] of Object.entries(values)) {
    const from = record.fields[field] ?? null;
    if (from !== to && !(isBlank(from) && isBlank(to))) changes[field] = { from, to, why: 'a person said so' };
  }
  await changeRecords(tx, [{ id: record.id, object: 'call', expected: record.version, before: record.fields, changes }], cause);
}

async function needCall(tx: Tx, id: string): Promise<CrmRecord> {
  const record = await lockOne(tx, id, null);
  if (record.object !== 'call') throw new Fault('missing', `Record ${id} is a ${record.object}, no call.`, 'List the calls.');
  return record;
}

/** Adds a note below those that are there. */
export function addNote(parts: CallParts, who: Who, call: string, text: string): Promise<CrmRecord> {
  return edit(parts, who, call, ({ notes }) => ({
    notes: typeof notes === 'string' && notes !== '' ? `${notes}\n\n${text}` : text,
  }));
}

/** What came of the call, as a person sees it; null takes it back. */
export function dispose(parts: CallParts, who: Who, call: string, disposition: string | null): Promise<CrmRecord> {
  return edit(parts, who, call, () => ({ disposition }));
}

async function edit(
  parts: CallParts,
  { workspace, by }: Who,
  call: string,
  change: (fields: Values) => Values,
): Promise<CrmRecord> {
  const cause: Cause = { by, at: new Date(parts.now()).toISOString() };
  const record = await parts.store.workspace(workspace, async (tx) => {
    await oneWriter(tx); // a call under way changes by itself: whoever writes a note must not be told that it has moved
    const { version, fields } = await needCall(tx, call);
    return changeOne(tx, call, version, 'patch', change(fields), cause);
  });
  await parts.engine.edited(workspace, ['call']);
  return record;
}
