/** The stream of messages: SMS, voicemail, fax, pager. Read from the message store; sending is the action `sendSms`. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import type { Cursor, CursorLost, Misfit, Page, Row, Stream } from '#kit/stream.ts';
import { ask, askBytes, EXTENSION } from './client.ts';
import { isMissing, isTokenLost } from './faults.ts';
import { messageFields, messageShape, TRANSCRIPT, toRow } from './message.ts';
import { list, recordsOf, syncTokenOf } from './pages.ts';
import { idOf, msOf, sorted } from './records.ts';

export const messages: Stream = {
  title: 'Messages',
  fields: messageFields,
  shape: 1,
  deletions: 'told',
  timed: true,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  personal: true,
  toRow,
  pull,
  fetch,
};

/** Where a pass stands; `list` while it reads all there is, page by page, up to the moment the sync began. */
type Position = {
  token: string;
  list?: { until: string; page: number };
};

const DAY = 86_400_000;
const SYNC = 'syncMessages';
/** The sync watches what is as young as this: a transcription that comes later, a delivery. */
const WATCHED = 30 * DAY;

async function* pull(ctx: Context, since: Cursor | null): AsyncGenerator<Page | CursorLost, void, void> {
  let at = textOf(objectOf(since ?? undefined)?.token) === undefined ? await begin(ctx) : (since as unknown as Position);
  for (;;) {
    try {
      const { records, next, cut } = at.list === undefined ? await changes(ctx, at) : await listed(ctx, at.token, at.list);
      if (cut) {
        yield { lost: `${SYNC}: more has changed than a sync tells` };
        return;
      }
      const page = await pageOf(ctx, records, next);
      yield page;
      if (page.last) return;
      at = next;
    } catch (error) {
      if (!isTokenLost(error)) throw error;
      yield { lost: error instanceof Error ? error.message : String(error) };
      return;
    }
  }
}

/** A sync shows only what it has room for, so all there is comes from the list; the token is taken first, so that nothing falls between. */
async function begin(ctx: Context): Promise<Position> {
  const query = { syncType: 'FSync', recordCount: 250, dateFrom: new Date(ctx.now() - WATCHED).toISOString() };
  const answer = await ask(ctx, { name: SYNC, group: 'light', path: `${EXTENSION}/message-sync`, query });
  return { token: syncTokenOf(SYNC, answer), list: { until: new Date(ctx.now()).toISOString(), page: 1 } };
}

async function listed(ctx: Context, token: string, { until, page }: NonNullable<Position['list']>) {
  // Without a beginning only the last 24 hours would be listed.
  const query = { availability: 'Alive', dateFrom: '2000-01-01T00:00:00.000Z', dateTo: until, perPage: 1000 };
  const sending = { name: 'listMessages', group: 'light', path: `${EXTENSION}/message-store`, query } as const;
  const { records, next } = await list(ctx, sending, page);
  const position: Position = { token, ...(next !== undefined && { list: { until, page: next } }) };
  return { records, next: position, cut: false };
}

async function changes(ctx: Context, { token }: Position) {
  const query = { syncType: 'ISync', syncToken: token };
  const answer = await ask(ctx, { name: SYNC, group: 'light', path: `${EXTENSION}/message-sync`, query });
  const next: Position = { token: syncTokenOf(SYNC, answer) };
  return { records: recordsOf(SYNC, answer), next, cut: objectOf(answer.syncInfo)?.olderRecordsExist === true };
}

/** Deleted ones come as stubs: an id, and that they are deleted. */
async function pageOf(ctx: Context, records: readonly JsonObject[], next: Position): Promise<Page> {
  const alive = records.filter(isAlive);
  const gone = records.filter((record) => !isAlive(record)).flatMap((record) => idOf(record.id) ?? []);
  const { rows, misfits } = sorted(await transcribed(ctx, alive), messageShape);
  return { rows, misfits, gone, next, last: next.list === undefined };
}

function isAlive(record: JsonObject): boolean {
  return record.availability === undefined || record.availability === 'Alive';
}

async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  for (const id of ids) {
    const sending = {
      name: 'readMessage',
      group: 'light',
      path: `${EXTENSION}/message-store/${encodeURIComponent(id)}`,
    } as const;
    const message = await ask(ctx, sending).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    });
    if (message === undefined || !isAlive(message)) found.gone.push(id);
    else {
      const { rows, misfits } = sorted(await transcribed(ctx, [message]), messageShape);
      found.rows.push(...rows);
      found.misfits.push(...misfits);
    }
  }
  return found;
}

/** Voicemails of the last days with what was understood of them, one request each; older ones are left as they are. */
async function transcribed(ctx: Context, records: readonly JsonObject[]): Promise<JsonObject[]> {
  const all: JsonObject[] = [];
  for (const record of records) {
    const attachment = transcriptionOf(record);
    const young = ctx.now() - (msOf(record.creationTime) ?? 0) < WATCHED;
    const text = attachment !== undefined && young ? await readText(ctx, idOf(record.id)!, attachment) : undefined;
    all.push(text === undefined ? record : { ...record, [TRANSCRIPT]: text });
  }
  return all;
}

function transcriptionOf(record: JsonObject): string | undefined {
  if (!/^Completed/.test(textOf(record.vmTranscriptionStatus) ?? '') || idOf(record.id) === undefined) return undefined;
  return idOf(objectsOf(record.attachments).find((one) => one.type === 'AudioTranscription')?.id);
}

/** The longest text that is kept, bytes. */
const MOST = 200_000;

async function readText(ctx: Context, message: string, attachment: string): Promise<string | undefined> {
  const path = `${EXTENSION}/message-store/${encodeURIComponent(message)}/content/${encodeURIComponent(attachment)}`;
  try {
    const { bytes } = await askBytes(ctx, { name: 'readMessageContent', group: 'medium', path });
    return new TextDecoder().decode(bytes.subarray(0, MOST)).trim();
  } catch (error) {
    if (error instanceof Refused) return undefined; // gone, or not for us: the voicemail itself is there
    throw error;
  }
}
