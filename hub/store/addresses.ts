/** Whose address is it? However many ask at once, one question at a time goes to the database: a flood of invented addresses leaves it to the gate. */
import { column, list } from './columns.ts';
import type { Store } from './database.ts';

export interface AddressRow {
  workspace: number;
  connection: number;
  connector: string;
  address: string;
  sealed: string;
}

const MOST = 1_000;

interface Asked extends PromiseWithResolvers<AddressRow | undefined> {
  address: string;
}

/** By address. Rejects where the database cannot be asked. */
export function openAddresses(store: Store): (address: string) => Promise<AddressRow | undefined> {
  let waiting: Asked[] = [];
  let asking = false;

  async function ask(): Promise<void> {
    asking = true;
    while (waiting.length > 0) {
      const some = waiting.slice(0, MOST);
      waiting = waiting.slice(MOST);
      try {
        const found = await addressRows(
          store,
          some.map(({ address }) => address),
        );
        for (const { address, resolve } of some) resolve(found.get(address));
      } catch (error) {
        for (const { reject } of some) reject(error);
      }
    }
    asking = false;
  }

  return (address) => {
    const asked = { ...Promise.withResolvers<AddressRow | undefined>(), address };
    waiting.push(asked);
    if (!asking) void ask();
    return asked.promise;
  };
}

async function addressRows(store: Store, addresses: readonly string[]): Promise<Map<string, AddressRow>> {
  const rows = await store.installation((tx) =>
    tx.query<AddressRow>(
      `select workspace, connection, connector, address, sealed from subscriptions where address = any(${list('$1', 'text')})`,
      [column(addresses)],
    ),
  );
  return new Map(rows.map((row) => [row.address, row]));
}
