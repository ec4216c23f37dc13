import type { Account } from './account.ts';
import { merged, present } from './contact.ts';
import { addFolder, removeFolder } from './contacts.ts';
import type { Thing } from './thing.ts';

export type Desk = ReturnType<typeof createDesk>;

/** The mailbox's owner in Outlook: edits without etags, seen by the API as anybody else's change. */
export function createDesk(account: Account) {
  const { contacts } = account;
  return {
    contacts: {
      list: (): Thing[] => contacts.all().map((item) => present(contacts, item, true)),
      get: (id: string): Thing | undefined => {
        const item = contacts.find(id);
        return item && { ...item.body, ...present(contacts, item, true) };
      },
      add: (body: Thing, folder = account.defaultFolder): string => contacts.add(folder, merged({}, body)).id,
      edit: (id: string, body: Thing): void => {
        const item = contacts.get(id);
        contacts.change(item, merged(item.body, { displayName: item.body.displayName!, fileAs: item.body.fileAs!, ...body }));
      },
      delete: (id: string): void => contacts.remove(contacts.get(id)),
      move: (id: string, folder: string): void => void contacts.move(contacts.get(id), folder),
      addFolder: (name: string, parent?: string): string => addFolder(account, name, parent).id,
      removeFolder: (id: string): void => removeFolder(account, id),
    },
  };
}
