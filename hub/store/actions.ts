/** What services were asked to do beside syncing, and what came of it. */
import type { Json } from '#kit/fields.ts';
import { HERE } from './columns.ts';
import type { Tx } from './database.ts';

export interface ActionRow {
  id: number;
  connection: number;
  action: string;
  asked: string | null;
  record: string | null;
  input: { [field: string]: Json };
  key: string;
  /** `sending` until the service has answered; `unsure` where nobody knows whether it was done. */
  state: 'sending' | 'done' | 'refused' | 'unsure';
  /** Of one that was not sent for want of a quota, when it may be asked again: `afterMs`. */
  answer: { [field: string]: Json } | null;
  said: string;
  at: string;
  /** No answer comes later than then. */
  until: string;
  ended: string | null;
  by: string;
}

const COLUMNS = 'id, connection, action, asked, record, input, key, state, answer, said, at, until, ended, by';

export type NewAction = Pick<ActionRow, 'connection' | 'action' | 'asked' | 'record' | 'input' | 'key' | 'by'> & {
  at: Date;
  until: Date;
};

/** Undefined where the asker's key was used before. */
export async function insertAction(tx: Tx, action: NewAction): Promise<ActionRow | undefined> {
  const { connection, action: name, asked, record, input, key, at, until, by } = action;
  const rows = await tx.query<ActionRow>(
    `insert into actions (workspace, connection, action, asked, record, input, key, at, until, by)
     values (${HERE}, $1, $2, $3, $4::uuid, $5, $6::uuid, $7, $8, $9)
     on conflict (workspace, asked) where asked is not null do nothing returning ${COLUMNS}`,
    [connection, name, asked, record, JSON.stringify(input), key, at, until, by],
  );
  return rows[0];
}

export async function getAction(tx: Tx, id: number): Promise<ActionRow | undefined> {
  return (await tx.query<ActionRow>(`select ${COLUMNS} from actions where id = $1`, [id]))[0];
}

export async function actionAsked(tx: Tx, asked: string): Promise<ActionRow | undefined> {
  return (await tx.query<ActionRow>(`select ${COLUMNS} from actions where asked = $1`, [asked]))[0];
}

/** Newest first. */
export function listActions(
  tx: Tx,
  filter: { record: string | null; before: number | null; most: number },
): Promise<ActionRow[]> {
  const { record, before, most } = filter;
  const which = record === null ? '$1::uuid is null' : 'record = $1::uuid';
  return tx.query<ActionRow>(
    `select ${COLUMNS} from actions where ${which} and id < coalesce($2::bigint, 9223372036854775807) order by id desc limit $3`,
    [record, before, most],
  );
}

/** What came of it. Done stays done, whatever another sending of the same comes to. */
export async function noteAction(
  tx: Tx,
  id: number,
  { state, answer, said, ended }: Pick<ActionRow, 'state' | 'answer' | 'said'> & { ended: Date },
): Promise<void> {
  await tx.run(
    `update actions set state = $2, answer = $3, said = $4, ended = $5 where id = $1 and (state <> 'done' or $2 = 'done')`,
    [id, state, answer === null ? null : JSON.stringify(answer), said, ended],
  );
}

/** Takes an action whose answer never came for a repetition; undefined where somebody else does, or it is over. */
export async function repeatAction(tx: Tx, id: number, at: Date, until: Date): Promise<ActionRow | undefined> {
  return (
    await tx.query<ActionRow>(
      `update actions set state = 'sending', until = $3, said = '' where id = $1 and (state = 'unsure' or (state = 'sending' and until < $2))
       returning ${COLUMNS}`,
      [id, at, until],
    )
  )[0];
}
