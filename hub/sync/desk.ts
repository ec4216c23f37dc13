/** Where a page is settled: in a run, in a preview, or in the execution of a plan whose ids are given. */
import { uuidv7 } from '#store/ids.ts';

export interface Desk {
  /** The plan whose planned records count as known. */
  plan: number | null;
  /** The id of the record that a row, or a reference by name, becomes: the same answer for the same key. */
  idFor(key: string): string;
}

export function newDesk(plan: number | null = null, given: ReadonlyMap<string, string> = new Map()): Desk {
  const ids = new Map(given);
  return {
    plan,
    idFor(key) {
      let id = ids.get(key);
      if (id === undefined) {
        id = uuidv7();
        ids.set(key, id);
      }
      return id;
    },
  };
}
