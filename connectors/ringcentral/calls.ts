/** The stream of finished calls, from the call log. It can only be read. */
import type { Context } from '#kit/context.ts';
import type { Misfit, Row, Stream } from '#kit/stream.ts';
import { callFields } from './call-fields.ts';
import { isGoingOn, toRow } from './call-record.ts';
import { PATH, pull, rowsOf, type Whose } from './calls-pull.ts';
import { isForbiddenToPerson } from './faults.ts';
import { listAll } from './pages.ts';

export const calls: Stream = {
  title: 'Calls',
  fields: callFields,
  shape: 1,
  // Whoever clears their log leaves our record of the call alone, and the log forgets by itself.
  deletions: 'never',
  timed: true,
  creates: { by: 'nothing' },
  batch: { fetch: 1 },
  undo: { update: 'never', create: 'never', remove: 'never' },
  toRow,
  pull,
  fetch,
};

/** Calls by session, one request each. A call that still goes on is neither a row nor gone. */
async function fetch(ctx: Context, ids: readonly string[]): Promise<{ rows: Row[]; gone: string[]; misfits: Misfit[] }> {
  const found: { rows: Row[]; gone: string[]; misfits: Misfit[] } = { rows: [], gone: [], misfits: [] };
  let whose: Whose = ctx.settings.ownCallsOnly === true ? 'own' : 'company';
  for (const id of ids) {
    const records = await lookUp(ctx, whose, id).catch((error: unknown) => {
      if (whose === 'own' || !isForbiddenToPerson(error)) throw error;
      whose = 'own';
      return lookUp(ctx, whose, id);
    });
    const { rows, misfits } = rowsOf(records);
    const [row, misfit] = [rows.find((one) => one.id === id), misfits.find((one) => one.id === id)];
    if (row !== undefined) found.rows.push(row);
    else if (misfit !== undefined) found.misfits.push(misfit);
    else if (!records.some(isGoingOn)) found.gone.push(id);
  }
  return found;
}

/** Without a beginning only the last 24 hours would be searched; the legacy session takes no other filter (CLG-110). */
function lookUp(ctx: Context, whose: Whose, id: string) {
  const session = id.split('/', 1)[0]!;
  const query: { [name: string]: string } = /^\d+$/.test(session)
    ? { sessionId: session, view: 'Detailed' }
    : { telephonySessionId: session, view: 'Detailed', dateFrom: '2000-01-01T00:00:00.000Z' };
  const name = whose === 'company' ? 'readCompanyCallLog' : 'readUserCallLog';
  return listAll(ctx, { name, group: 'heavy', path: `${PATH[whose]}/call-log`, query });
}
