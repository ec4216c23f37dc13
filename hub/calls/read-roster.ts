/** Reads who can be called inside an account: when the first event comes, each day, and when a stranger among its extensions shows up. */
import { forWork } from '#hub/shares.ts';
import { bothOf, Problem, TryLater } from '#kit/errors.ts';
import type { Json } from '#kit/fields.ts';
import { claimRoster, putRoster } from '#store/call-policies.ts';
import { liveCalls, lockCalls } from '#store/calls.ts';
import type { Tx } from '#store/database.ts';
import { oneWriter } from '#store/syncs.ts';
import { type CallParts, lineOf } from './parts.ts';
import { deskOf, settleCalls } from './settle.ts';

const DAILY_MS = 86_400_000;
const AGAIN_MS = 600_000;
const CLAIM_MS = 120_000;
const MOST_LIVE = 1_000;

/** Reads the roster if it is due. */
export async function readRosterNow(parts: CallParts, workspace: number, connection: number, signal: AbortSignal): Promise<void> {
  const now = parts.now();
  const line = await parts.store.workspace(workspace, async (tx) =>
    (await claimRoster(tx, connection, new Date(now), new Date(now + CLAIM_MS))) ? lineOf(tx, parts, connection) : undefined,
  );
  if (line === undefined) return;
  try {
    const roster = await line.telephony.roster(forWork(await parts.context(workspace, connection, signal), 'poll'));
    await parts.store.workspace(workspace, async (tx) => {
      await oneWriter(tx);
      const read = new Date(parts.now());
      await putRoster(tx, connection, roster as unknown as Json, read, new Date(parts.now() + DAILY_MS), null);
      await settleLive(tx, parts, connection);
    });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const wait = error instanceof TryLater ? error.afterMs : AGAIN_MS;
    await parts.store.workspace(workspace, (tx) =>
      putRoster(tx, connection, null, new Date(now), new Date(parts.now() + wait), bothOf(error)),
    );
  }
}

/** Who is a person and who a queue is known only now: calls under way are settled by it. */
async function settleLive(tx: Tx, parts: CallParts, connection: number): Promise<void> {
  const desk = await deskOf(tx, parts, connection);
  if (desk === undefined) return;
  const sessions = (await liveCalls(tx, MOST_LIVE)).flatMap((call) => (call.connection === connection ? [call.session] : []));
  if (sessions.length > 0) await settleCalls(tx, parts, desk, await lockCalls(tx, connection, sessions));
}
