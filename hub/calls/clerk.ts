/**
 * What is to be done with calls when nobody sends an event: endings, logs that are late, numbers that have got a bearer, rosters,
 * placed calls, past periods. All of it stands in rows that are due, so that a hub that dies loses nothing and several share the work.
 */
import { Vigil } from '#hub/vigil.ts';
import { dueBackfills } from '#store/call-backfills.ts';
import { markedWorkspaces } from '#store/call-marks.ts';
import { dueRosters } from '#store/call-policies.ts';
import { dueCalls } from '#store/calls.ts';
import { isRetryable, isUnavailable } from '#store/database.ts';
import { duePlaced } from '#store/placed-calls.ts';
import { backfillStep } from './backfill.ts';
import { dueWork, putOff } from './due.ts';
import type { CallParts } from './parts.ts';
import { lookAtPlaced } from './place.ts';
import { readRosterNow } from './read-roster.ts';
import { relink } from './relink.ts';

const LOOK_MS = 500;
/** Calls taken at once, and other things. */
const MOST_CALLS = 200;
const MOST = 20;

export class Clerk {
  private readonly parts: CallParts;
  private readonly vigil: Vigil;
  /** Long reading from services, beside the loop: by what it is about. */
  private readonly reading = new Map<string, Promise<void>>();

  constructor(parts: CallParts) {
    this.parts = parts;
    this.vigil = new Vigil({ every: LOOK_MS, round: () => this.look(), name: 'looking for due calls', log: parts.log });
  }

  start(): void {
    this.vigil.start();
  }

  /** Something is due now. */
  wake(): void {
    this.vigil.wake();
  }

  async stop(): Promise<void> {
    await this.vigil.stop();
    await Promise.all(this.reading.values());
  }

  /** Does all that is due now, here; for tests and the command line. */
  async drain(): Promise<void> {
    while (await this.once()) await Promise.all(this.reading.values());
  }

  /** Until nothing is left but what is being read from services, which wakes us when it has come. */
  private async look(): Promise<void> {
    while (!this.vigil.signal.aborted && (await this.once()) && this.reading.size === 0);
  }

  /** True if there was something to do. */
  private async once(): Promise<boolean> {
    const now = new Date(this.parts.now());
    const due = await this.parts.store.installation(async (tx) => ({
      calls: await dueCalls(tx, now, MOST_CALLS),
      marked: await markedWorkspaces(tx, MOST_CALLS),
      rosters: await dueRosters(tx, now, MOST),
      placed: await duePlaced(tx, now, MOST),
      backfills: await dueBackfills(tx, now, MOST),
    }));
    const { signal } = this.vigil;
    let busy = false;
    for (const group of Map.groupBy(due.calls, ({ workspace, connection }) => `${workspace}/${connection}`).values()) {
      const { workspace, connection } = group[0]!;
      const sessions = group.map((call) => call.session);
      if (await this.settle(workspace, connection, sessions)) busy = true;
    }
    for (const workspace of due.marked) if (await this.within({ workspace }, () => relink(this.parts, workspace))) busy = true;
    for (const { workspace, connection } of due.rosters)
      this.beside(`roster ${workspace}/${connection}`, () => readRosterNow(this.parts, workspace, connection, signal));
    for (const { workspace, id } of due.placed)
      this.beside(`placed ${workspace}/${id}`, () => lookAtPlaced(this.parts, workspace, id, signal));
    for (const { workspace, id } of due.backfills)
      this.beside(`backfill ${workspace}/${id}`, () => backfillStep(this.parts, workspace, id, signal));
    return busy || this.reading.size > 0;
  }

  /** All together; where that fails each alone, and one that still fails is put off, so that it keeps no other waiting. */
  private async settle(workspace: number, connection: number, sessions: readonly string[]): Promise<boolean> {
    const { parts } = this;
    const { signal } = this.vigil;
    const [session] = sessions;
    const about = { workspace, connection, ...(sessions.length === 1 && { session }) };
    const aside = (work: () => Promise<void>): void => this.beside(`asked ${workspace}/${connection}`, work);
    if (await this.within(about, () => dueWork(parts, workspace, connection, sessions, signal, aside))) return true;
    if (signal.aborted) return false;
    let busy = false;
    if (sessions.length > 1) for (const one of sessions) busy = (await this.settle(workspace, connection, [one])) || busy;
    else await this.within(about, () => putOff(parts, workspace, connection, session!));
    return busy;
  }

  /** A race that was lost is run again; any other trouble concerns this workspace alone, but a database that is away. True if it went well. */
  private async within(about: object, work: () => Promise<void>): Promise<boolean> {
    for (let n = 1; ; n += 1) {
      try {
        await work();
        return true;
      } catch (error) {
        if (n < 5 && isRetryable(error)) continue;
        if (isUnavailable(error)) throw error;
        if (!this.vigil.signal.aborted) this.parts.log.error({ ...about, err: error }, 'a due call could not be dealt with');
        return false;
      }
    }
  }

  private beside(key: string, work: () => Promise<void>): void {
    if (this.reading.has(key)) return;
    const done = this.within({ key }, work)
      .catch(() => false) // the next look meets it too, and says so
      .then((well) => {
        this.reading.delete(key);
        if (well) this.wake();
      });
    this.reading.set(key, done);
  }
}
