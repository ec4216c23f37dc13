/** Contacts by id, with what we wrote beside what Outlook shows. */
import type { Context } from '#kit/context.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Misfit, Row } from '#kit/stream.ts';
import { contactShape } from './contact.ts';
import { SELECTED } from './contact-fields.ts';
import { EXPAND, EXTENDED } from './extended.ts';
import { readByIds } from './reading.ts';
import { sorted } from './records.ts';

/** Those that are there, by the id they were asked for. */
export async function readContacts(ctx: Context, ids: readonly string[]): Promise<Map<string, JsonObject>> {
  const query = `$select=${SELECTED.join()}&${EXPAND}`;
  const there = await readByIds(ctx, 'contacts.get', 'mailbox', ids, (id) => ({
    method: 'GET',
    url: `/me/contacts/${id}?${query}`,
  }));
  // Where there is none, the member is left out: here it was asked for.
  return new Map([...there].map(([id, contact]) => [id, { ...contact, [EXTENDED]: contact[EXTENDED] ?? [] }]));
}

export async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const there = await readContacts(ctx, ids);
  return {
    ...(await sorted(contactShape, [...there.values()])),
    gone: ids.filter((id) => !there.has(id)),
  };
}
