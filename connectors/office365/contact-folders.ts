/** The folders that contacts lie in. The one that every account has is not among those that are listed, and needs no name. */
import type { Context } from '#kit/context.ts';
import { objectsOf } from '#kit/json.ts';
import { watchTokens } from '#kit/paging.ts';
import { ask } from './client.ts';
import { pathOf } from './delta.ts';

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
  const name = 'contactFolders.list';
  const found: string[] = [];
  const below = parent === '' ? '' : `/${encodeURIComponent(parent)}/childFolders`;
  const watch = watchTokens(name);
  for (let path: string | undefined = `/me/contactFolders${below}?$top=100`; path !== undefined; ) {
    const answer = await ask(ctx, { name, group: 'mailbox', path });
    for (const { id } of objectsOf(answer.value)) if (typeof id === 'string' && id !== '') found.push(id);
    path = pathOf({ name }, answer['@odata.nextLink']);
    if (path !== undefined) watch(path);
  }
  return found;
}

export function deltaOf(folder: string): string {
  return folder === DEFAULT ? '/me/contacts/delta' : `/me/contactFolders/${encodeURIComponent(folder)}/contacts/delta`;
}
