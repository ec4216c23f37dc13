/** Fills the emulated books with a generated ledger: `node test/bench/books.ts <origin> <rows>` prints how many rows of each kind there are. */
import { generateLedger } from '#test/ledger/generate.ts';
import { XERO_REGIMES, xeroLedger } from '#test/ledger/xero.ts';

const KINDS = ['Contacts', 'Items', 'TaxRates', 'Invoices', 'CreditNotes', 'Payments', 'Quotes'];

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
  const counts: number[] = [];
  for (const kind of KINDS) counts.push(((await order(origin, 'list', { kind })) as unknown[]).length);
  process.stdout.write(JSON.stringify(counts));
}
