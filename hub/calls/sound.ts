/**
 * Listening to a call. Its record bears an address of ours: the service's own leads nowhere without its token. Each time somebody
 * listens, the sound is fetched through the connection and passed on as it comes; none of it is kept.
 */
import { readOne } from '#crm/edit.ts';
import { Fault } from '#hub/fault.ts';
import type { Values } from '#kit/fields.ts';
import type { Sound, SoundOf } from '#kit/telephony.ts';
import { transcriptsOf, unclaimedVoicemail } from '#store/call-voicemails.ts';
import { type CallRow, callsOfRecord } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import type { CallParts } from './parts.ts';
import { type Line, lineOf } from './parts.ts';
import type { Subject } from './subject.ts';

export interface Asked {
  what: 'recording' | 'voicemail';
  /** Which of several recordings, from 1. Default the first. */
  part?: number;
  /** An HTTP Range header. */
  range?: string;
}

export const linkTo = (publicUrl: string, record: string, what: Asked['what']): string =>
  `${publicUrl.replace(/\/+$/, '')}/api/calls/${record}/${what}`;

/**
 * Where each call can be heard, and what was understood of the message that was left. That message and the call's log come in either
 * order, the transcript after both; nothing is said of what is not there yet.
 */
export async function whatIsHeard(
  tx: Tx,
  line: Line,
  subjects: readonly Subject[],
  publicUrl: string,
): Promise<Map<Subject, Values>> {
  for (const { row, known } of subjects) {
    if (row.stage === 'live' || row.voicemail !== null || known.direction !== 'inbound' || known.other === '') continue;
    if (known.outcome !== 'voicemail' && known.outcome !== 'missed') continue;
    const call = { other: known.other, started: known.started, ended: known.ended };
    row.voicemail = (await unclaimedVoicemail(tx, line.connection, call)) ?? null;
  }
  const transcripts = await transcriptsOf(
    tx,
    line.connection,
    subjects.flatMap(({ row }) => row.voicemail ?? []),
  );
  const heard = new Map<Subject, Values>();
  for (const subject of subjects) {
    const { row, record } = subject;
    const values: { [field: string]: string | null } = {};
    const transcript = transcripts.get(row.voicemail ?? '');
    if (row.recordings !== null) values.recording = linkTo(publicUrl, record.id, 'recording');
    else if (row.ours.recording) values.recording = null;
    if (row.voicemail !== null) values.voicemail = linkTo(publicUrl, record.id, 'voicemail');
    if (transcript !== undefined) values.transcript = transcript;
    heard.set(subject, values);
  }
  return heard;
}

/** Throws `Fault`, and what the service says. */
export async function hear(
  parts: CallParts,
  workspace: number,
  record: string,
  { what, part = 1, range }: Asked,
  signal: AbortSignal,
): Promise<Sound> {
  const found = await parts.store.workspace(workspace, async (tx) => {
    const { id } = await readOne(tx, record);
    const rows = await callsOfRecord(tx, id);
    const row = rows.find((one) => one[what === 'recording' ? 'recordings' : 'voicemail'] !== null) ?? rows[0];
    return row && { row, line: await lineOf(tx, parts, row.connection) };
  });
  if (found === undefined)
    throw new Fault(
      'missing',
      'No telephone told of this: there is nothing to hear.',
      'Choose a call that was logged by itself.',
    );
  const wanted = what === 'recording' ? recordingOf(found.row, part) : voicemailOf(found.row);
  const { line } = found;
  if (line?.telephony.sound === undefined || !line.active)
    throw new Fault(
      'conflict',
      `${line?.title ?? 'The telephone line of this call'} is not connected: its sounds lie at the service.`,
      'Connect the account again, then listen.',
    );
  const { telephony, connection } = line;
  return telephony.sound!(await parts.context(workspace, connection, signal), wanted, range);
}

function recordingOf({ recordings }: CallRow, part: number): SoundOf {
  const recording = recordings?.[part - 1];
  if (recording !== undefined) return { recording };
  if (recordings === null)
    throw new Fault(
      'missing',
      'There is no recording of this call.',
      'It may come later: the log tells it some minutes after the call.',
    );
  throw new Fault('missing', `There is no recording ${part} of this call.`, 'Ask for one that there is.', [
    { path: 'part', found: String(part), allowed: `1 to ${recordings.length}` },
  ]);
}

function voicemailOf({ voicemail, extension }: CallRow): SoundOf {
  if (voicemail === null)
    throw new Fault(
      'missing',
      'No message was left in this call.',
      'It may come later: the log tells it a while after the call.',
    );
  return { voicemail, extensions: extension === null ? [] : [extension] };
}
