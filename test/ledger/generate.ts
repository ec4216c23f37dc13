/**
 * Makes a realistic ledger of so many documents, the same for the same seed: five currencies (one without decimals), four tax regimes,
 * invoices paid in parts, together, too much or not at all, credit notes, refunds, drafts and voids, over some years.
 */
import { createRandom } from '#test/calls/corpus/random.ts';
import type { Document, Ledger, Line, Party, Payment, Rounding, Tax, TaxMode, Term } from './ledger.ts';
import { decimal, decimalsOf, reckon, units } from './units.ts';

export interface Wanted {
  /** Documents: invoices, credit notes and estimates. */
  rows: number;
  seed: number;
  /** The first is the firm's own. Default USD, EUR, GBP, AUD, JPY. */
  currencies?: readonly string[];
  rounding?: Rounding;
  /** First day, and how many years. Default three years to the end of 2025. */
  from?: string;
  years?: number;
  /** How prices and taxes go together. Default the four below. */
  regimes?: readonly Regime[];
  /** Neither discounts nor shipping, for services that say them otherwise. */
  plain?: boolean;
}

export interface Regime {
  mode: TaxMode;
  taxes: Tax[];
}

/** On top of prices as in the United States; on top with two rates as in Germany; inside prices as in Australia; none at all. */
const REGIMES: readonly Regime[] = [
  { mode: 'exclusive', taxes: [{ id: 't1', name: 'Sales tax 8.25%', percent: '8.25' }] },
  {
    mode: 'exclusive',
    taxes: [
      { id: 't2', name: 'VAT 19%', percent: '19' },
      { id: 't3', name: 'VAT 7%', percent: '7' },
    ],
  },
  { mode: 'inclusive', taxes: [{ id: 't4', name: 'GST 10%', percent: '10' }] },
  { mode: 'none', taxes: [{ id: 't5', name: 'No tax', percent: '0' }] },
];

const TERMS: readonly Term[] = [
  { id: 'n0', name: 'Due on receipt', days: 0 },
  { id: 'n1', name: 'Net 14', days: 14 },
  { id: 'n2', name: 'Net 30', days: 30 },
];

const FIRST = ['Amber', 'Birch', 'Cobalt', 'Dune', 'Ember', 'Fjord', 'Granite', 'Harbour', 'Iris', 'Juniper'];
const SECOND = ['Bakery', 'Consulting', 'Dental', 'Events', 'Foods', 'Garage', 'Hotels', 'Interiors', 'Joinery', 'Kitchens'];
const GOODS = ['Advice', 'Brochure', 'Cable', 'Delivery', 'Engraving', 'Fitting', 'Gear', 'Hosting', 'Inspection', 'Journey'];
const METHODS = ['card', 'transfer', 'cash', 'cheque'];

type Random = ReturnType<typeof createRandom>;

export function generateLedger(wanted: Wanted): Ledger {
  const random = createRandom(wanted.seed);
  const currencies = wanted.currencies ?? ['USD', 'EUR', 'GBP', 'AUD', 'JPY'];
  const ledger: Ledger = {
    home: currencies[0]!,
    rounding: wanted.rounding ?? 'line',
    parties: parties(random, Math.max(currencies.length, Math.ceil(wanted.rows / 8)), currencies),
    items: GOODS.map((name, n) => ({
      id: `i${n + 1}`,
      code: `G-${n + 1}`,
      name,
      price: decimal(BigInt(100 + random.whole(99_900)), 2),
    })),
    taxes: (wanted.regimes ?? REGIMES).flatMap(({ taxes }) => taxes),
    terms: [...TERMS],
    documents: [],
    payments: [],
    applications: [],
  };
  const from = Temporal.PlainDate.from(wanted.from ?? '2023-01-01');
  const days = Math.round((wanted.years ?? 3) * 365);
  for (let n = 1; n <= wanted.rows; n += 1) {
    const day = from.add({ days: Math.min(days - 1, Math.floor((n * days) / (wanted.rows + 1)) + random.whole(3)) });
    const kind = random.chance(0.08) ? 'credit' : random.chance(0.1) ? 'estimate' : 'sale';
    ledger.documents.push(document(random, ledger, n, kind, day.toString(), wanted));
  }
  settle(random, ledger);
  return ledger;
}

function parties(random: Random, count: number, currencies: readonly string[]): Party[] {
  return Array.from({ length: count }, (_, n) => {
    const name = `${FIRST[n % 10]} ${SECOND[Math.floor(n / 10) % 10]}${n < 100 ? '' : ` ${Math.floor(n / 100)}`}`;
    const email = `accounts@${name.toLowerCase().replaceAll(' ', '-')}.example`;
    return {
      id: `c${n + 1}`,
      name,
      email,
      currency: n < currencies.length ? currencies[n]! : random.pick(currencies),
      term: random.pick(TERMS).id,
    };
  });
}

const NUMBERS = { sale: 'INV', credit: 'CN', estimate: 'EST' } as const;

function document(
  random: Random,
  ledger: Ledger,
  n: number,
  kind: Document['kind'],
  issued: string,
  { regimes = REGIMES, plain: simple = false }: Wanted,
): Document {
  const party = random.pick(ledger.parties);
  const { currency } = party;
  const decimals = decimalsOf(currency);
  const regime = random.pick(regimes);
  const lines = Array.from({ length: 1 + random.whole(random.chance(0.05) ? 20 : 4) }, (): Omit<Line, 'amount' | 'taxAmount'> => {
    const item = random.pick(ledger.items);
    const tax = random.pick(regime.taxes);
    const price = decimals === 0 ? item.price.split('.', 1)[0]! : item.price;
    return {
      ...(random.chance(0.9) && { item: item.id }),
      description: `${item.name}, order ${n}`,
      quantity: random.chance(0.8) ? String(1 + random.whole(12)) : decimal(BigInt(25 + random.whole(1_000)), 2),
      price,
      ...(random.chance(0.15) && !simple && { discountPercent: random.pick(['5', '10', '12.5', '33.33']) }),
      tax: tax.id,
      taxPercent: tax.percent,
    };
  });
  const discountBeforeTax = random.chance(0.5);
  const plain = { lines, taxMode: regime.mode, discountBeforeTax };
  const { subtotal } = reckon(plain, 0n, 0n, ledger.rounding, decimals);
  const discount = random.chance(0.1) && !simple ? subtotal / BigInt(5 + random.whole(20)) : 0n;
  const shipping = random.chance(0.1) && !simple ? BigInt(random.whole(2_000)) : 0n;
  const sums = reckon(plain, discount, shipping, ledger.rounding, decimals);
  const stage = random.chance(0.05) ? 'draft' : random.chance(0.05) ? 'void' : 'issued';
  const term = ledger.terms.find(({ id }) => id === party.term)!;
  return {
    id: `d${n}`,
    number: `${NUMBERS[kind]}-${String(n).padStart(5, '0')}`,
    kind,
    party: party.id,
    issued,
    due: Temporal.PlainDate.from(issued).add({ days: term.days }).toString(),
    currency,
    rate: currency === ledger.home ? '1' : decimal(BigInt(5_000 + random.whole(10_000)), 4),
    taxMode: regime.mode,
    lines: lines.map((line, at) => ({
      ...line,
      amount: decimal(sums.lines[at]!.amount, decimals),
      taxAmount: decimal(sums.lines[at]!.tax, decimals),
    })),
    discount: decimal(discount, decimals),
    discountBeforeTax,
    shipping: decimal(shipping, decimals),
    subtotal: decimal(sums.subtotal, decimals),
    tax: decimal(sums.tax, decimals),
    total: decimal(sums.total, decimals),
    stage,
    sent: stage !== 'draft' && random.chance(0.8),
  };
}

/** What is still open of documents, in units. */
type Open = Map<string, bigint>;

/** Credit notes go to invoices of the same customer; then customers pay, in parts, together or too much, and get some of it back. */
function settle(random: Random, ledger: Ledger): void {
  const issued = ledger.documents.filter(({ stage, kind }) => stage === 'issued' && kind !== 'estimate');
  const open: Open = new Map(issued.map((one) => [one.id, units(one.total, decimalsOf(one.currency))]));
  for (const [party, own] of Map.groupBy(issued, (one) => one.party)) {
    const sales = own.filter(({ kind }) => kind === 'sale');
    for (const note of own.filter(({ kind }) => kind === 'credit')) apply(random, ledger, open, note, sales);
    for (const sale of sales) pay(random, ledger, open, sale, sales, party);
  }
}

function apply(random: Random, ledger: Ledger, open: Open, note: Document, sales: readonly Document[]): void {
  const decimals = decimalsOf(note.currency);
  for (const sale of sales) {
    const most = less(open.get(note.id)!, open.get(sale.id)!);
    if (most <= 0n || random.chance(0.4)) continue;
    const amount = random.chance(0.5) ? most : most / 2n;
    if (amount === 0n) continue;
    ledger.applications.push({ credit: note.id, document: sale.id, amount: decimal(amount, decimals), date: later(sale, note) });
    open.set(note.id, open.get(note.id)! - amount);
    open.set(sale.id, open.get(sale.id)! - amount);
  }
  const left = open.get(note.id)!;
  if (left > 0n && random.chance(0.3)) {
    open.set(note.id, 0n);
    moneyBack(random, ledger, note, left);
  }
}

function pay(random: Random, ledger: Ledger, open: Open, sale: Document, sales: readonly Document[], party: string): void {
  const parts = random.chance(0.25) ? 0 : random.chance(0.7) ? 1 : 2 + random.whole(2);
  const whole = random.chance(0.8);
  for (let part = 1; part <= parts; part += 1) {
    const left = open.get(sale.id)!;
    if (left <= 0n) return;
    const amount = part === parts && whole ? left : left / 2n;
    if (amount === 0n) continue;
    const allocations = [{ id: sale.id, amount }];
    const other = random.chance(0.1) ? sales.find(({ id }) => id !== sale.id && open.get(id)! > 0n) : undefined;
    if (other) allocations.push({ id: other.id, amount: open.get(other.id)! });
    const extra = random.chance(0.04) ? BigInt(1 + random.whole(500)) : 0n;
    const status = random.chance(0.03) ? 'void' : 'completed';
    const paid = allocations.reduce((all, one) => all + one.amount, extra);
    ledger.payments.push(payment(random, ledger, sale, party, paid, 'payment', status, allocations));
    if (status === 'void') continue;
    for (const { id, amount: each } of allocations) open.set(id, open.get(id)! - each);
    if (random.chance(0.03)) moneyBack(random, ledger, sale, amount);
  }
}

function moneyBack(random: Random, ledger: Ledger, of: Document, amount: bigint): void {
  ledger.payments.push(payment(random, ledger, of, of.party, amount, 'refund', 'completed', [{ id: of.id, amount }]));
}

function payment(
  random: Random,
  ledger: Ledger,
  of: Document,
  party: string,
  amount: bigint,
  kind: Payment['kind'],
  status: Payment['status'],
  allocations: { id: string; amount: bigint }[],
): Payment {
  const decimals = decimalsOf(of.currency);
  const n = ledger.payments.length + 1;
  const method = random.pick(METHODS);
  return {
    id: `p${n}`,
    party,
    date: Temporal.PlainDate.from(of.issued)
      .add({ days: random.whole(60) })
      .toString(),
    currency: of.currency,
    amount: decimal(amount, decimals),
    kind,
    status,
    method,
    reference: random.chance(0.7) ? of.number : `${method} ${n}`,
    fee: method === 'card' ? decimal((amount * 29n) / 1_000n, decimals) : '0',
    allocations: allocations.map(({ id, amount: each }) => ({ document: id, amount: decimal(each, decimals) })),
  };
}

const less = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const later = (a: Document, b: Document): string => (a.issued > b.issued ? a.issued : b.issued);
