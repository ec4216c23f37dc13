/** The firms of the installation: each is a workspace of its own, and sees nothing of the others. */
import type { Store } from '#store/database.ts';
import { insertWorkspace, listWorkspaces, type WorkspaceNamed } from '#store/workspaces.ts';
import { Fault } from './fault.ts';
import type { Keys, MadeKey } from './keys.ts';

/** Characters of a name. */
export const LONGEST = 200;

export interface Founded extends WorkspaceNamed {
  /** For its administrator: the only time its text is seen. */
  key: MadeKey;
}

export interface Firms {
  /** Throws `Fault` where the name is empty or too long. */
  found(name: string): Promise<Founded>;
  list(page: { after: number; limit: number }): Promise<WorkspaceNamed[]>;
}

export function openFirms(store: Store, keys: Keys): Firms {
  return {
    async found(given) {
      const name = given.trim();
      if (name === '' || name.length > LONGEST)
        throw new Fault('invalid', 'A firm is founded under its name.', 'Say what it is called.', [
          { path: 'name', found: JSON.stringify(name.slice(0, 30)), allowed: `1 to ${LONGEST} characters` },
        ]);
      const made = await store.installation((tx) => insertWorkspace(tx, name));
      return { ...made, key: await keys.create(made.id, { name: 'first', role: 'admin' }) };
    },
    list: ({ after, limit }) => store.installation((tx) => listWorkspaces(tx, after, limit)),
  };
}
