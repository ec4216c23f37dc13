/**
 * Payments as they arrive from a service that knows nothing of the books, each with the truth: what its payer meant. The rules are those
 * of the world, not of the matcher: somebody pays an invoice of a generated ledger, and then it is written down what shows of it.
 *
 * - `numbered`: the payer gives the invoice's number, in one of the forms people write it in.
 * - `memo`: the number stands somewhere in a sentence.
 * - `silent`: no number, the exact amount, from an address or the name of the customer. Known only if no other open invoice of that
 *   customer has the same amount.
 * - `part`: a part of the amount, with the number.
 * - `two`: two invoices of one customer, both named, paid together.
 * - `twin`: no number, and another open invoice of the customer with the same amount: nobody can know.
 * - `slip`: the number of another invoice by a slip of one digit, with the right amount and payer: what is written contradicts itself.
 * - `stranger`: an amount that happens to be one of ours, from somebody else. Pays nothing of ours.
 */

import { exact } from '#crm/ledger/amounts.ts';
import type { Open, Paid } from '#hub/ledger/match.ts';
import { createRandom } from '#test/calls/corpus/random.ts';
import { generateLedger } from './generate.ts';
import type { Document, Ledger } from './ledger.ts';

export type Kind = 'numbered' | 'memo' | 'silent' | 'part' | 'two' | 'twin' | 'slip' | 'stranger';

export interface Case {
  kind: Kind;
  paid: Paid;
  open: Open[];
  /** Invoices that are paid; null where nobody can know. */
  truth: readonly string[] | null;
}

const FORMS: readonly ((number: string) => string)[] = [
  (number) => number,
  (number) => number.toLowerCase(),
  (number) => number.replace('-', ' '),
  (number) => number.replace('-', ''),
  (number) => `Invoice ${number}`,
];
const SENTENCES: readonly ((number: string) => string)[] = [
  (number) => `Thank you! Paying ${number}.`,
  (number) => `re: ${number}, order of last month`,
  (number) => `payment for your invoice ${number.replace('-', ' ')} (final)`,
  (number) => `${number}; have a nice day`,
];

type Random = ReturnType<typeof createRandom>;

export function paymentCases(seed: number, count: number): Case[] {
  const random = createRandom(seed);
  const ledger = generateLedger({ rows: 160, seed, years: 1 });
  const open = openOf(ledger);
  const byId = new Map(ledger.documents.map((one) => [one.id, one]));
  const kinds: readonly Kind[] = ['numbered', 'numbered', 'memo', 'silent', 'silent', 'part', 'two', 'twin', 'slip', 'stranger'];
  const cases: Case[] = [];
  while (cases.length < count) {
    const kind = random.pick(kinds);
    const made = caseOf(kind, random, ledger, open, byId);
    if (made !== null) cases.push(made);
  }
  return cases;
}

/** Invoices as they stand when nobody has paid anything. */
function openOf(ledger: Ledger): Open[] {
  const parties = new Map(ledger.parties.map((party) => [party.id, party]));
  return ledger.documents
    .filter(({ kind, stage, total }) => kind === 'sale' && stage === 'issued' && Number(total) > 0)
    .map((one): Open => {
      const { name, email } = parties.get(one.party)!;
      const amounts = { balance: exact(one.total), total: exact(one.total), currency: one.currency };
      return {
        invoice: one.id,
        number: one.number,
        reference: '',
        ...amounts,
        company: one.party,
        names: [name],
        emails: [email],
        issued: one.issued,
        due: one.due,
      };
    });
}

function caseOf(
  kind: Kind,
  random: Random,
  ledger: Ledger,
  all: readonly Open[],
  byId: ReadonlyMap<string, Document>,
): Case | null {
  const target = random.pick(all);
  const document = byId.get(target.invoice)!;
  const party = ledger.parties.find(({ id }) => id === document.party)!;
  const others = all.filter((one) => one !== target && one.company === target.company && one.currency === target.currency);
  const alike = others.some(({ balance }) => balance.eq(target.balance));
  const shows = random.whole(3);
  const paid: Paid = {
    amount: target.balance,
    currency: target.currency,
    date: Temporal.PlainDate.from(document.issued)
      .add({ days: random.whole(40) })
      .toString(),
    number: '',
    words: random.chance(0.3) ? 'thanks' : '',
    payerName: shows === 1 ? party.name : random.chance(0.5) ? party.name : 'Pat Doe',
    payerEmail: shows === 0 ? party.email : shows === 1 ? '' : party.email.replace(/^[^@]+/, 'pat.doe'),
    company: null,
  };
  const of = (more: Partial<Paid>, truth: Case['truth'], open: Open[] = [...all]): Case => ({
    kind,
    paid: { ...paid, ...more },
    open,
    truth,
  });
  switch (kind) {
    case 'numbered':
      return of(
        {
          number: random.pick(FORMS)(target.number),
          ...(random.chance(0.3) && { payerName: 'Pat Doe', payerEmail: 'pat.doe@gmail.com' }),
        },
        [target.invoice],
      );
    case 'memo':
      return of({ words: random.pick(SENTENCES)(target.number) }, [target.invoice]);
    case 'silent':
      return alike ? null : of({}, [target.invoice]);
    case 'part':
      return of(
        { number: target.number, amount: target.balance.div(2).round(0) },
        Number(target.balance) < 4 ? null : [target.invoice],
      );
    case 'two': {
      const [other] = others;
      if (other === undefined) return null;
      const amount = target.balance.plus(other.balance);
      const date = Temporal.PlainDate.from(other.issued > target.issued ? other.issued : target.issued)
        .add({ days: 5 })
        .toString();
      return of({ words: `${target.number} and ${other.number}`, amount, date }, [target.invoice, other.invoice].sort());
    }
    case 'twin': {
      const twin: Open = { ...target, invoice: `${target.invoice}-twin`, number: `${target.number}9` };
      return of({ number: '' }, null, [...all, twin]);
    }
    case 'slip': {
      const at = target.number.length - 1;
      const slipped = `${target.number.slice(0, at)}${(Number(target.number[at]) + 1 + random.whole(8)) % 10}`;
      const wrong = all.find(({ number }) => number === slipped);
      if (wrong === undefined || wrong.balance.eq(target.balance)) return null;
      return of({ number: slipped }, null);
    }
    case 'stranger':
      return of({ payerName: 'Somebody Else', payerEmail: 'somebody@elsewhere.example', words: 'a gift' }, []);
  }
}
