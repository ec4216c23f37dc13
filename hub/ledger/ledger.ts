/** The room of money as the rest of the house uses it: payments that look for their invoices. */
import type { CrmRecord } from '#crm/core.ts';
import { Vigil } from '#hub/vigil.ts';
import { listUnmatched, type UnmatchedRow, unmatchedWorkspaces } from '#store/open-money.ts';
import { matchDue } from './allocate.ts';
import { type Allocation, allocateTo, leavePayment } from './answers.ts';
import type { LedgerParts, Who } from './parts.ts';

export interface LedgerRoom {
  /** Begins to match payments by itself. */
  start(): void;
  stop(): Promise<void>;
  /** Matches all that is due now, here. */
  drain(): Promise<void>;
  /** Payments that match nothing, with what was found, in order of their ids. */
  unmatched(workspace: number, page: { after: string | null; limit: number }): Promise<UnmatchedRow[]>;
  allocate(who: Who, payment: string, to: readonly Allocation[]): Promise<CrmRecord>;
  leave(workspace: number, payment: string): Promise<void>;
}

const LOOK_MS = 1_000;
const MOST = 100;

export function openLedger(parts: LedgerParts): LedgerRoom {
  const { store, now, log } = parts;
  const once = async (): Promise<number> => {
    const workspaces = await store.installation((tx) => unmatchedWorkspaces(tx, new Date(now()), MOST));
    let looked = 0;
    for (const workspace of workspaces) {
      const done = await matchDue(parts, workspace);
      if (done > 0) await parts.engine.edited(workspace, ['payment']);
      looked += done;
    }
    return looked;
  };
  const drain = async (): Promise<void> => {
    while (!vigil.signal.aborted && (await once()) > 0);
  };
  const vigil: Vigil = new Vigil({ every: LOOK_MS, round: drain, name: 'matching payments', log });
  return {
    start: () => vigil.start(),
    stop: () => vigil.stop(),
    drain,
    unmatched: (workspace, { after, limit }) => store.workspace(workspace, (tx) => listUnmatched(tx, after, limit)),
    allocate: (who, payment, to) => allocateTo(parts, who, payment, to),
    leave: (workspace, payment) => leavePayment(parts, workspace, payment),
  };
}
