/** The firms of the installation: each is a workspace of its own, and sees nothing of the others. */
import type { Store } from '#store/database.ts';
import { insertWorkspace, listWorkspaces, type WorkspaceNamed } from '#store/workspaces.ts';
import type { Keys, MadeKey } from './keys.ts';

export interface Founded extends WorkspaceNamed {
  /** For its administrator: the only time its text is seen. */
  key: MadeKey;
}

export interface Firms {
  found(name: string): Promise<Founded>;
  list(page: { after: number; limit: number }): Promise<WorkspaceNamed[]>;
}

export function openFirms(store: Store, keys: Keys): Firms {
  return {
    async found(name) {
      const made = await store.installation((tx) => insertWorkspace(tx, name));
      return { ...made, key: await keys.create(made.id, { name: 'first', role: 'admin' }) };
    },
    list: ({ after, limit }) => store.installation((tx) => listWorkspaces(tx, after, limit)),
  };
}
