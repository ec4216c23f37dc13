/** Is a document the sum of its lines, so that other books make the same of it? What stands on the whole of it has no place there. Pure. */
import type { Values } from '#kit/fields.ts';
import { amountIn, decimalsOf, ZERO } from './amounts.ts';
import { amountOf, currencyOf, linesOf } from './totals.ts';

/** Amounts on the whole of a document, as people call them. */
const ON_THE_WHOLE = { discount: 'a discount', shipping: 'shipping', adjustment: 'an adjustment', tip: 'a tip' } as const;

/** Why its lines do not make what it comes to; null where they do. */
export function notItsLines(document: Values): string | null {
  const currency = currencyOf(document);
  for (const [field, called] of Object.entries(ON_THE_WHOLE))
    if (!(amountIn(document[field], currency) ?? ZERO).eq(0)) return `${called} on the whole`;
  const lines = linesOf(document);
  let sum = ZERO;
  for (const [at, line] of lines.entries()) {
    const reckoned = amountOf(line, currency, decimalsOf(currency));
    if (reckoned === null) continue;
    const given = amountIn(line.amount, currency) ?? reckoned;
    if (!reckoned.eq(given)) return `line ${at + 1} is ${given.toFixed()}, its price and quantity make ${reckoned.toFixed()}`;
    sum = sum.plus(given);
  }
  const tax = amountIn(document.tax, currency) ?? ZERO;
  if (!tax.eq(0) && !lines.some(({ taxCode }) => typeof taxCode === 'string' && taxCode !== ''))
    return 'a tax that no line names';
  const total = amountIn(document.total, currency) ?? ZERO;
  const wanted = document.taxMode === 'inclusive' ? total : total.minus(tax);
  return sum.eq(wanted) ? null : `its lines make ${sum.toFixed()} ${currency}, it says ${wanted.toFixed()}`;
}
