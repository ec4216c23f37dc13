/** Deliveries and news as people see them: what came, what it said, what is to be read again, what waits for an account. */
import { Fault } from '#hub/fault.ts';
import { type DeliveryFilter, type DeliveryRow, getDelivery, listDeliveries, type WholeDelivery } from '#store/deliveries.ts';
import { listNews, type NewsFilter, type NewsRow } from '#store/news.ts';
import { claimParked, listParked, type ParkedRow } from '#store/parked.ts';
import { type Again, rereadFailed, rereadOne, rereadRange } from '#store/unread.ts';
import { blotted } from '#webhooks/traces.ts';
import type { NewsParts } from './parts.ts';

export interface DeliveryView extends Omit<WholeDelivery, 'body' | 'bytes'> {
  bytes: number;
  /** As text, where it is text in UTF-8; live secrets in it are blotted out. */
  text: string | null;
  /** In base64, where it is not. */
  base64: string | null;
}

export interface NewsLook {
  /** Of the installation: its operator's. */
  deliveries(filter: DeliveryFilter): Promise<DeliveryRow[]>;
  delivery(id: number): Promise<DeliveryView>;
  /** Has deliveries read again: one, those of a time, or all that failed. How many. */
  again(what: { id: number } | ({ failed: true } & Again) | ({ failed: false } & Again)): Promise<number>;
  parked(before: number | undefined, limit: number): Promise<ParkedRow[]>;
  /** Hands what is parked for an account to whoever has linked it. How many. */
  claim(connector: string, account: string): Promise<number>;
  /** Of a workspace. */
  news(workspace: number, filter: NewsFilter): Promise<NewsRow[]>;
}

export function openNewsLook({ store, secretsOf }: NewsParts, changed: () => void): NewsLook {
  const told = async (n: Promise<number>): Promise<number> => {
    const count = await n;
    changed();
    return count;
  };
  return {
    deliveries: (filter) => store.installation((tx) => listDeliveries(tx, filter)),
    async delivery(id) {
      const row = await store.installation((tx) => getDelivery(tx, id));
      if (row === undefined) throw missing(id);
      return viewOf(row, (await secretsOf(row.connector, row.subscription ?? undefined).catch(() => undefined)) ?? []);
    },
    async again(what) {
      const n = await told(
        store.installation((tx) =>
          'id' in what ? rereadOne(tx, what.id) : what.failed ? rereadFailed(tx, what) : rereadRange(tx, what),
        ),
      );
      if (n === 0 && 'id' in what) throw missing(what.id);
      return n;
    },
    parked: (before, limit) => store.installation((tx) => listParked(tx, before, limit)),
    async claim(connector, account) {
      const n = await told(store.installation((tx) => claimParked(tx, connector, account)));
      if (n > 0) return n;
      throw new Fault(
        'conflict',
        `Nothing is parked for the account "${account}" of ${connector}, or nobody has linked it.`,
        'Connect the account first; what is parked for it is then claimed by itself.',
      );
    },
    news: (workspace, filter) => store.workspace(workspace, (tx) => listNews(tx, filter)),
  };
}

function missing(id: number): Fault {
  return new Fault('missing', `There is no delivery ${id}.`, 'List the deliveries; old ones are dropped after DELIVERIES_DAYS.');
}

function viewOf({ body, ...row }: WholeDelivery, secrets: readonly string[]): DeliveryView {
  let text: string | null = null;
  try {
    text = blotted(new TextDecoder('utf-8', { fatal: true }).decode(body), secrets);
  } catch {
    // no text: shown as bytes
  }
  return { ...row, text, base64: text === null ? body.toString('base64') : null };
}
