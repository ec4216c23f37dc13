/** Rotation of keys while the hub runs: what an older key sealed is sealed again with the current one. */
import type { Place, Seal } from './seal.ts';

export interface Sealed {
  /** Where it stands in its table's order: numbers or texts, opaque here. */
  key: string | number;
  place: Place;
  sealed: string;
}

/** Port: one table of sealed secrets of one workspace. */
export interface Vault {
  /** In key order, those after `key`; null begins. */
  after(key: string | number | null, most: number): Promise<Sealed[]>;
  /** Exchanges the secret if it is still the same; false where someone was quicker, which is well. */
  exchange(row: Sealed, sealed: string): Promise<boolean>;
}

export interface Resealed {
  seen: number;
  renewed: number;
}

/**
 * Seals again what another key than the current one sealed. Idempotent: what is current is passed over, so a run that was broken
 * off is simply begun again, and hubs may do it at the same time. A secret written meanwhile is never overwritten.
 */
export async function reseal(vault: Vault, seal: Seal, batch = 500): Promise<Resealed> {
  const count: Resealed = { seen: 0, renewed: 0 };
  let after: string | number | null = null;
  for (;;) {
    const rows: Sealed[] = await vault.after(after, batch);
    for (const row of rows.filter(({ sealed }) => seal.stale(sealed))) {
      const again = await seal.close(row.place, await seal.open(row.place, row.sealed));
      if (await vault.exchange(row, again)) count.renewed++;
    }
    count.seen += rows.length;
    if (rows.length < batch) return count;
    after = rows.at(-1)!.key;
  }
}
