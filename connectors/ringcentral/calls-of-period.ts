/** The finished calls of a chosen period, from the call log itself: for backfills, and for the proof that none is missing. */
import type { Context } from '#kit/context.ts';
import type { Page } from '#kit/stream.ts';
import { PATH, rowsOf, type Whose } from './calls-pull.ts';
import { isForbiddenToPerson } from './faults.ts';
import { type Listed, list } from './pages.ts';

/** By the beginning of each call; the log of the whole company where whoever is connected may read it, else their own. */
export async function* log(
  ctx: Context,
  { from, to }: { from: number; to: number },
): AsyncGenerator<Pick<Page, 'rows' | 'misfits'>, void, void> {
  let whose: Whose = ctx.settings.ownCallsOnly === true ? 'own' : 'company';
  // `dateTo` is included, and a call that began at that millisecond is the next period's.
  const query = {
    view: 'Detailed',
    dateFrom: new Date(from).toISOString(),
    dateTo: new Date(to - 1).toISOString(),
    perPage: 1000,
  };
  const read = (page: number): Promise<Listed> => {
    const name = whose === 'company' ? 'readCompanyCallLog' : 'readUserCallLog';
    return list(ctx, { name, group: 'heavy', path: `${PATH[whose]}/call-log`, query }, page);
  };
  for (let page: number | undefined = 1; page !== undefined; ) {
    const { records, next }: Listed = await read(page).catch((error: unknown) => {
      if (whose === 'own' || !isForbiddenToPerson(error)) throw error;
      whose = 'own';
      return read(1);
    });
    yield rowsOf(records);
    page = next;
  }
}
