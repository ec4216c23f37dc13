/** Who can be called inside an account, as last read: what its extensions are, and which numbers are its own. */
import type { Caller, Extension } from '#kit/telephony.ts';
import { formsOf, readPhone } from '#mappings/phone.ts';
import { type RosterRow, readRoster } from '#store/call-policies.ts';
import type { Tx } from '#store/database.ts';
import type { Policy } from './policy.ts';

export interface Roster {
  /** Was it ever read? */
  known: boolean;
  /** Not read yet, and nothing has spoken against it: what depends on it waits. */
  awaited: boolean;
  /** Whose national numbers the account means. */
  region: string;
  /** By id or short number. */
  of(extension: string | undefined): Extension | undefined;
  kindOf(extension: string): Extension['kind'] | undefined;
  /** The person whose own number this is (E.164). */
  personAt(number: string): Extension | undefined;
  /** Only the events of whoever is connected are told. */
  ownOnly: boolean;
  /** Is this E.164 number one of the account's own? */
  owns(number: string): boolean;
  /** Does this end of a call lie inside the account? */
  inside(caller: Caller): boolean;
  /** E.164, or the text as it stands where it cannot be read; '' where there is none. */
  number(caller: Caller): string;
  all: readonly Extension[];
}

/** `region`: the workspace's, where neither policy nor own numbers say another. */
export async function rosterOf(tx: Tx, connection: number, policy: Policy, region: string): Promise<Roster> {
  return rosterFrom(await readRoster(tx, connection), policy, region, false);
}

export function rosterFrom(row: RosterRow | undefined, policy: Policy, region: string, ownOnly: boolean): Roster {
  const extensions = (row?.extensions ?? []) as unknown as readonly Extension[];
  const known = row !== undefined && row.read !== null;
  return { ...makeRoster(extensions, policy, region, known), ownOnly, awaited: !known && (row?.problem ?? null) === null };
}

export function makeRoster(all: readonly Extension[], policy: Pick<Policy, 'region'>, region: string, known = true): Roster {
  const byName = new Map<string, Extension>();
  for (const extension of all) if (extension.number !== undefined) byName.set(extension.number, extension);
  for (const extension of all) byName.set(extension.id, extension);
  const home = policy.region || regionOf(all) || region;
  const own = new Set(all.flatMap(({ numbers }) => numbers.flatMap((number) => readPhone(number, home)?.e164 ?? [])));
  const of = (extension: string | undefined) => (extension === undefined ? undefined : byName.get(extension));
  const number = ({ number: given, extension }: Caller): string => {
    if (given !== undefined && given !== '') return readPhone(given, home)?.e164 ?? bare(given, home) ?? given.trim();
    return of(extension)?.number ?? extension ?? '';
  };
  return {
    known,
    awaited: false,
    ownOnly: false,
    region: home,
    of,
    kindOf: (extension) => of(extension)?.kind,
    personAt: (e164) =>
      all.find(({ kind, numbers }) => kind === 'person' && numbers.some((one) => readPhone(one, home)?.e164 === e164)),
    owns: (e164) => own.has(e164),
    inside: (caller) => caller.extension !== undefined || own.has(number(caller)),
    number,
    all,
  };
}

/** Services sometimes leave the plus away. */
function bare(given: string, region: string): string | undefined {
  const digits = given.replaceAll(/[\s().-]/g, '');
  return /^\d{10,15}$/.test(digits) ? readPhone(`+${digits}`, region)?.e164 : undefined;
}

/** The country of the account: of its main number, else of the most of its numbers. */
function regionOf(all: readonly Extension[]): string | undefined {
  const main = all.filter((extension) => extension.kind === 'company').flatMap((extension) => extension.numbers);
  const numbers = main.length > 0 ? main : all.flatMap((extension) => extension.numbers);
  const counts = new Map<string, number>();
  for (const number of numbers) {
    const region = formsOf(number)?.region;
    if (region !== undefined) counts.set(region, (counts.get(region) ?? 0) + 1);
  }
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}
