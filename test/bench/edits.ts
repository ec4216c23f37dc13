/** People's changes to records, many at once. */
import { core } from '#crm/crm.ts';
import type { Store } from '#store/database.ts';
import { listRecords } from '#store/records.ts';

const AT_ONCE = 1_000;

/** Gives the first so many contacts another job title; what the services are owed for it is marked as for any change of a person. */
export async function editContacts(store: Store, workspace: number, count: number, title: string, at: string): Promise<void> {
  let after: string | null = null;
  for (let left = count; left > 0; left -= AT_ONCE) {
    const from: string | null = after;
    after = await store.workspace(workspace, async (tx) => {
      const { records } = await listRecords(tx, 'contact', from, Math.min(left, AT_ONCE), false);
      if (records.length < Math.min(left, AT_ONCE)) throw new Error(`there are not ${count} contacts to change`);
      const updates = records.map(({ id, object, version, fields }) => ({
        ...{ id, object, expected: version, before: fields },
        changes: { jobTitle: { from: fields.jobTitle ?? null, to: title, why: 'edited' } },
      }));
      await core.update(tx, updates, { by: 'bench', at });
      return records.at(-1)!.id;
    });
  }
}
