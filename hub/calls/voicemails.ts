/** Voicemails, among the messages the engine keeps: the calls in which they were left are settled again. */
import { putVoicemails, tellVoicemails } from '#store/call-voicemails.ts';
import type { Beside } from '#sync/beside.ts';
import type { CallParts } from './parts.ts';
import { deskOf } from './settle.ts';

export function besideVoicemails(parts: CallParts): Beside {
  return {
    async kept(tx, sync, rows, kept) {
      const there = new Set(kept.map(({ row }) => row));
      const desk = await deskOf(tx, parts, sync.connection);
      const voicemails = rows.flatMap((row) => (there.has(row.id) ? (desk?.line.telephony.voicemails?.of(row) ?? []) : []));
      if (desk === undefined || voicemails.length === 0) return;
      const told = await putVoicemails(
        tx,
        sync.connection,
        voicemails.map(({ message, from, at, transcript = null }) => {
          const number = desk.roster.number({ number: from });
          return { message, number: number === '' ? null : number, at, transcript };
        }),
      );
      if (told.length > 0) await tellVoicemails(tx, sync.connection, told, new Date(parts.now()));
    },
  };
}
