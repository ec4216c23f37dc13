/** Reading all contacts, and what changed since, folder after folder. */
import type { Context } from '#kit/context.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Page, Stream } from '#kit/stream.ts';
import { contactShape } from './contact.ts';
import { SELECTED } from './contact-fields.ts';
import { contactFolders, deltaOf } from './contact-folders.ts';
import { readContacts } from './contacts-read.ts';
import type { DeltaPage } from './delta.ts';
import { idOf, sorted, versionOf } from './records.ts';
import { pullRounds, type Rounds } from './rounds.ts';

export const pull: NonNullable<Stream['pull']> = (ctx, since, known) => pullRounds(ROUNDS, ctx, since, known);

const ROUNDS: Rounds = {
  name: 'contacts.delta',
  // A wish; the service may give fewer.
  prefer: ['odata.maxpagesize=500'],
  what: 'a folder of contacts',
  places: async (ctx) => (await contactFolders(ctx)).map((id) => ({ id, name: '' })),
  first: (folder) => `${deltaOf(folder)}?$select=${SELECTED.join()}`,
  page,
};

async function page(
  ctx: Context,
  read: DeltaPage,
  { several, known }: Parameters<Rounds['page']>[2],
): Promise<Omit<Page, 'next' | 'last'>> {
  const { things, gone } = several ? await withMoved(ctx, read) : { things: read.things, gone: [...read.removed] };
  const same = await known(things.flatMap(versionOf));
  const fresh = await withMarks(
    ctx,
    things.filter((one) => !same.has(String(one.id))),
  );
  return { ...(await sorted(contactShape, fresh)), same: [...same], gone };
}

/**
 * A contact that moves to another folder is removed from one and new in the other, in whichever order they are read: one that still is
 * somewhere is not gone.
 */
async function withMoved(
  ctx: Context,
  { things, removed }: DeltaPage,
): Promise<{ things: readonly JsonObject[]; gone: string[] }> {
  const there = await readContacts(ctx, removed);
  return { things: [...things, ...there.values()], gone: removed.filter((id) => !there.has(id)) };
}

/** A creation whose answer never came is looked for within this. */
const YOUNG = 2 * 86_400_000;

/** Rounds show no mark: contacts that are new to us and to Outlook are read once more, with theirs. */
async function withMarks(ctx: Context, things: readonly JsonObject[]): Promise<readonly JsonObject[]> {
  const young = things
    .filter((one) => Date.parse(String(one.createdDateTime)) > ctx.now() - YOUNG)
    .flatMap((one) => idOf(one) ?? []);
  if (young.length === 0) return things;
  const marked = await readContacts(ctx, young);
  return things.map((one) => marked.get(String(one.id)) ?? one);
}
