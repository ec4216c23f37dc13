/** Fills the emulated books with a generated ledger: `node test/bench/books.ts <origin> <rows>` prints how many rows of each kind there are, and go on a page. */
import { generateLedger } from '#test/ledger/generate.ts';
import { XERO_REGIMES, xeroLedger } from '#test/ledger/xero.ts';

/** Most rows of a page: "pageSize 1-1000"; items and tax rates come all at once, quotes by the hundred. */
const PAGES = {
  ...{ Contacts: 1_000, Items: Number.MAX_SAFE_INTEGER, TaxRates: Number.MAX_SAFE_INTEGER },
  ...{ Invoices: 1_000, CreditNotes: 1_000, Payments: 1_000, Quotes: 100 },
};

async function order(origin: string, name: string, body: object): Promise<unknown> {
  const response = await fetch(`${origin}/_control/${name}`, { method: 'POST', body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`the emulator refused ${name}: ${await response.text()}`);
  return response.json();
}

if (import.meta.main) {
  const [origin = '', rows = ''] = process.argv.slice(2);
  const books = xeroLedger(
    generateLedger({ rows: Number(rows), seed: 1, currencies: ['GBP', 'EUR', 'USD'], regimes: XERO_REGIMES, plain: true }),
  );
  await order(origin, 'seed', { books });
  const counts: { rows: number; page: number }[] = [];
  for (const [kind, page] of Object.entries(PAGES)) {
    counts.push({ rows: ((await order(origin, 'list', { kind })) as unknown[]).length, page });
  }
  process.stdout.write(JSON.stringify(counts));
}
