/** The room of news as the rest of the house uses it: reads what the gate has kept, and acts upon what it says. */
import { ensureDeliveryDays } from '#store/deliveries.ts';
import { workspacesWaiting } from '#store/news.ts';
import type { ParkedAccount } from '#store/parked.ts';
import { act } from './act.ts';
import { type NewsLook, openNewsLook } from './look.ts';
import type { NewsParts } from './parts.ts';
import { readBatch } from './reader.ts';
import { Rounds } from './rounds.ts';

export interface NewsRoom {
  /** Makes the days that deliveries are kept in. Before the gate opens. */
  ready(): Promise<void>;
  /** Begins to read and to act by itself. */
  start(): void;
  stop(): Promise<void>;
  /** Something of these connectors is committed: read it now rather than at the next look. */
  wake(connectors: Iterable<string>): void;
  /** An account has been linked, or will be when a transaction under way commits: what is parked for it is claimed. */
  linked(account: ParkedAccount): void;
  /** Reads and acts here and now until nothing waits. */
  drain(): Promise<void>;
  /** What there is to see, and to have done again. */
  look: NewsLook;
}

export function openNews(parts: NewsParts): NewsRoom {
  const { store } = parts;
  const rounds = new Rounds(parts);
  return {
    ready: () => store.installation((tx) => ensureDeliveryDays(tx, new Date())),
    start: () => rounds.start(),
    stop: () => rounds.stop(),
    wake: (connectors) => rounds.wake(connectors),
    linked: (account) => rounds.linked(account),
    async drain() {
      for (const connector of Object.keys(parts.webhooks)) while ((await readBatch(parts, connector)).size > 0);
      for (const workspace of await store.installation(workspacesWaiting)) while (await act(parts, workspace));
    },
    look: openNewsLook(parts, () => rounds.look()),
  };
}
