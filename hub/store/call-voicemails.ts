/** Voicemails, and the calls in which they were left. The service's log may say which it was; else number and time do. */

import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface VoicemailRow {
  message: string;
  number: string | null;
  at: string;
  transcript: string | null;
}

/** A message is complete a little after the call has ended, by clocks that differ a little. */
const AFTER = `interval '2 minutes'`;
/** Where no event has told the end of the call. */
const LONGEST = `interval '15 minutes'`;

/** Those that are new, or say more than they did. What was understood once is kept. */
export async function putVoicemails(tx: Tx, connection: number, voicemails: readonly VoicemailRow[]): Promise<string[]> {
  const rows = await tx.query<{ message: string }>(
    `insert into call_voicemails as v (workspace, connection, message, number, at, transcript)
     select ${HERE}, $1::int, message, number, at, transcript
     from unnest($2::text[], $3::text[], $4::timestamptz[], $5::text[]) n (message, number, at, transcript) order by message
     on conflict (workspace, connection, message) do update set transcript = excluded.transcript
     where excluded.transcript is distinct from v.transcript and excluded.transcript is not null
     returning message`,
    [
      connection,
      voicemails.map(({ message }) => message),
      voicemails.map(({ number }) => number),
      voicemails.map(({ at }) => at),
      voicemails.map(({ transcript }) => transcript),
    ],
  );
  return rows.map(({ message }) => message);
}

/** The calls in which these messages were left are due. One that no call names is given to the last one from its number at that time. */
export async function tellVoicemails(tx: Tx, connection: number, messages: readonly string[], due: Date): Promise<void> {
  await tx.run(
    `update calls c set voicemail = f.message, due = $3::timestamptz
     from call_voicemails v
     cross join lateral (
       select v.message, k.session from calls k
       where k.connection = $1 and k.other = v.number and k.voicemail is null and k.direction = 'inbound'
         and k.outcome in ('voicemail', 'missed') and k.started <= v.at and v.at <= coalesce(k.ended + ${AFTER}, k.started + ${LONGEST})
       order by k.started desc limit 1) f
     where v.connection = $1 and v.message = any($2::text[])
       and not exists (select from calls k where k.connection = $1 and k.voicemail = v.message)
       and c.connection = $1 and c.session = f.session`,
    [connection, messages, due],
  );
  await tx.run('update calls set due = $3 where connection = $1 and voicemail = any($2::text[])', [connection, messages, due]);
}

/** The message that was left by this number at that time, and that no call has. */
export async function unclaimedVoicemail(
  tx: Tx,
  connection: number,
  { other, started, ended }: { other: string; started: string; ended: string | null },
): Promise<string | undefined> {
  const rows = await tx.query<{ message: string }>(
    `select v.message from call_voicemails v
     where v.connection = $1 and v.number = $2 and v.at >= $3::timestamptz
       and v.at <= coalesce($4::timestamptz + ${AFTER}, $3::timestamptz + ${LONGEST})
       and not exists (select from calls k where k.connection = $1 and k.voicemail = v.message)
     order by v.at limit 1`,
    [connection, other, started, ended],
  );
  return rows[0]?.message;
}

/** What was understood of them, by message; those of which nothing was are not there. */
export async function transcriptsOf(tx: Tx, connection: number, messages: readonly string[]): Promise<Map<string, string>> {
  if (messages.length === 0) return new Map();
  const rows = await tx.query<{ message: string; transcript: string }>(
    'select message, transcript from call_voicemails where connection = $1 and message = any($2::text[]) and transcript is not null',
    [connection, messages],
  );
  return new Map(rows.map(({ message, transcript }) => [message, transcript]));
}
