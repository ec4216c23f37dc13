/** The folders that contacts lie in. The one that every account has is not among those that are listed, and needs no name. */
import type { Context } from '#kit/context.ts';
import { textOf } from '#kit/json.ts';
import { listAll } from './listing.ts';

/** The default folder, as a path without its name. */
export const DEFAULT = '';

/** Folders within folders deeper than this are nobody's. */
const DEEPEST = 10;

/** Ids of all folders, the default one first. */
export async function contactFolders(ctx: Context): Promise<string[]> {
  const folders = [DEFAULT];
  let level = await listed(ctx, '');
  for (let depth = 0; level.length > 0 && depth < DEEPEST; depth++) {
    folders.push(...level);
    const below: string[] = [];
    // How many lie below, v1.0 does not say: each is looked into.
    for (const parent of level) below.push(...(await listed(ctx, parent)));
    level = below;
  }
  return folders;
}

async function listed(ctx: Context, parent: string): Promise<string[]> {
  const below = parent === '' ? '' : `/${encodeURIComponent(parent)}/childFolders`;
  const path = `/me/contactFolders${below}?$top=100`;
  const all = await listAll(ctx, { name: 'contactFolders.list', group: 'mailbox', path });
  return all.flatMap(({ id }) => textOf(id) ?? []);
}

export function deltaOf(folder: string): string {
  return folder === DEFAULT ? '/me/contacts/delta' : `/me/contactFolders/${encodeURIComponent(folder)}/contacts/delta`;
}
