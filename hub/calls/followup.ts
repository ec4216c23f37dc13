/** A missed call makes one task to call back, due in working hours; a conversation with that number closes it. */
import type { Cause } from '#crm/core.ts';
import { changeRecords, createRecords, present } from '#crm/write.ts';
import type { Values } from '#kit/fields.ts';
import { dropTask, numbersWithTask, openTask, putTask } from '#store/call-tasks.ts';
import { talkedSince } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { uuidv7 } from '#store/ids.ts';
import { lockRecords } from '#store/records.ts';
import { dueAfter } from './hours.ts';
import { DAY } from './schedule.ts';
import type { Subject } from './subject.ts';

const MISSED: ReadonlySet<string> = new Set(['missed', 'voicemail', 'busy', 'rejected', 'failed']);

/** Makes or closes the tasks that calls are about. Twice does no harm. */
export async function followAll(tx: Tx, subjects: readonly Subject[], cause: Cause, now: number): Promise<void> {
  const talks = subjects.flatMap(({ known }) => (isTalk(known) ? [known.other] : []));
  const open = talks.length === 0 ? new Set<string>() : await numbersWithTask(tx, talks);
  for (const subject of subjects) {
    const { row, known } = subject;
    if (!isTalk(known)) await follow(tx, subject, cause, now);
    else if (open.has(known.other)) await close(tx, known.other, known.started, cause);
    if (row.task !== null) open.add(known.other);
  }
}

const isTalk = ({ outcome, other }: Subject['known']): boolean => outcome === 'answered' && other !== '';

async function follow(tx: Tx, subject: Subject, cause: Cause, now: number): Promise<void> {
  const { row, known } = subject;
  if (known.other === '' || row.stage === 'live' || row.task !== null || !isMissed(subject)) return;
  // What a backfill or a first import brings is history.
  if (now - Date.parse(known.started) > DAY) return;
  if (await talkedSince(tx, known.other, known.started)) return;
  row.task = await callBack(tx, subject, cause, now);
}

function isMissed({ known, policy }: Subject): boolean {
  if (!policy.tasks || known.direction !== 'inbound' || !MISSED.has(known.outcome)) return false;
  return !known.unheard || policy.menus;
}

/** The open task of the number, or a new one. */
async function callBack(tx: Tx, subject: Subject, cause: Cause, now: number): Promise<string> {
  const { known, policy } = subject;
  const kept = await openTask(tx, known.other);
  if (kept !== undefined) {
    const [task] = await lockRecords(tx, [kept.task]);
    const open =
      task !== undefined && task.archived === null && task.fields.status !== 'done' && task.fields.status !== 'cancelled';
    if (open) {
      await putTask(tx, { ...kept, missed: later(kept.missed, known.started) });
      return kept.task;
    }
    await dropTask(tx, known.other);
  }
  const id = uuidv7();
  const due = dueAfter(now, policy.dueMinutes, policy);
  await createRecords(tx, [{ id, object: 'task', fields: present(taskOf(subject, due)) }], cause);
  await putTask(tx, { number: known.other, task: id, missed: known.started });
  return id;
}

function taskOf({ record, known, row }: Subject, due: Temporal.ZonedDateTime): Values {
  const { contact = null, company = null, lead = null, opportunity = null, owner = null } = row.ours;
  const who = known.name === '' ? known.other : `${known.name}, ${known.other}`;
  return {
    title: `Call back ${who}`,
    description: known.outcome === 'voicemail' ? 'Left a message.' : null,
    call: record.id,
    ...{ contact, company, lead, opportunity, owner },
    due: due.toPlainDate().toString(),
    remind: due.toInstant().toString({ smallestUnit: 'millisecond' }),
    status: 'open',
    priority: known.outcome === 'voicemail' ? 'high' : 'normal',
  };
}

/** Somebody talked with that number, in either direction, since it was missed: the log may also say that it was not missed at all. */
async function close(tx: Tx, number: string, started: string, cause: Cause): Promise<void> {
  const kept = await openTask(tx, number);
  if (kept === undefined || kept.missed > started) return;
  await dropTask(tx, number);
  const [task] = await lockRecords(tx, [kept.task]);
  if (task === undefined || task.archived !== null || task.fields.status === 'done' || task.fields.status === 'cancelled') return;
  const changes = {
    status: { from: task.fields.status ?? null, to: 'done', why: 'called back' },
    done: { from: task.fields.done ?? null, to: cause.at, why: 'called back' },
  };
  await changeRecords(tx, [{ id: task.id, object: 'task', expected: task.version, before: task.fields, changes }], cause);
}

const later = (a: string, b: string): string => (a > b ? a : b);
