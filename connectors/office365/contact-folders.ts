/** The folders that contacts lie in. The one that every account has is not among those that are listed, and needs no name. */
import type { Context } from '#kit/context.ts';
import { numberOf, objectsOf, textOf } from '#kit/json.ts';
import { ask } from './client.ts';
import { pathOf } from './delta.ts';

/** The default folder, as a path without its name. */
export const DEFAULT = '';

/** Folders within folders deeper than this are nobody's. */
const DEEPEST = 10;

/** Ids of all folders, the default one first. */
export async function contactFolders(ctx: Context): Promise<string[]> {
  const folders = [DEFAULT];
  let level = [''];
  for (let depth = 0; level.length > 0 && depth < DEEPEST; depth++) {
    const below: string[] = [];
    for (const parent of level) {
      for (const { id, children } of await listed(ctx, parent)) {
        folders.push(id);
        if (children) below.push(id);
      }
    }
    level = below;
  }
  return folders;
}

async function listed(ctx: Context, parent: string): Promise<{ id: string; children: boolean }[]> {
  const name = 'contactFolders.list';
  const found: { id: string; children: boolean }[] = [];
  const below = parent === '' ? '' : `/${encodeURIComponent(parent)}/childFolders`;
  for (let path: string | undefined = `/me/contactFolders${below}?$top=100`; path !== undefined; ) {
    const answer = await ask(ctx, { name, group: 'mailbox', path });
    for (const one of objectsOf(answer.value)) {
      const id = textOf(one.id);
      // How many lie below is not said in every answer: then it is looked at.
      if (id !== undefined) found.push({ id, children: (numberOf(one.childFolderCount) ?? 1) > 0 });
    }
    const next = pathOf({ name }, answer['@odata.nextLink']);
    path = next === path ? undefined : next;
  }
  return found;
}

export function deltaOf(folder: string): string {
  return folder === DEFAULT ? '/me/contacts/delta' : `/me/contactFolders/${encodeURIComponent(folder)}/contacts/delta`;
}
