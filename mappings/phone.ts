/**
 * Phone numbers: international, national by region, with extensions. A number is never guessed: what cannot be read for sure
 * stays text and gives no key.
 *
 * libphonenumber takes some 30 µs a number, too slow for a page of a thousand people. Plain numbers, which are nearly all, are
 * read by `plainNumber` from the same metadata; `test/mappings/phone.test.ts` proves that both agree.
 */
import { type CountryCode, isSupportedCountry, Metadata, parsePhoneNumberFromString } from 'libphonenumber-js';

export interface PhoneNumber {
  /** `+14155552671` */
  e164: string;
  /** Digits of the extension. */
  ext?: string;
}

/** Reads a number. `region` (ISO 3166-1 alpha-2) is whose national numbers are meant; without it only international ones are read. */
export function readPhone(text: string, region?: string): PhoneNumber | null {
  const plain = plainNumber(text, region);
  if (plain !== undefined) return plain === null ? null : { e164: plain };
  const key = `${region ?? ''} ${text}`;
  const known = recent.get(key);
  if (known !== undefined) return known;
  const number = slowly(text, region);
  if (recent.size >= 20_000) recent.clear();
  recent.set(key, number);
  return number;
}

/** `+14155552671`, or with an extension `+14155552671;ext=12` (RFC 3966); null where it cannot be read. */
export function e164(text: string, region?: string): string | null {
  const number = readPhone(text, region);
  if (number === null) return null;
  return number.ext === undefined ? number.e164 : `${number.e164};ext=${number.ext}`;
}

/** What was read lately and was not plain. */
const recent = new Map<string, PhoneNumber | null>();

/** Longer texts are notes, not numbers. */
const longest = 60;

/** The full reading, exported for the proof that the short one agrees. */
export function slowly(text: string, region?: string): PhoneNumber | null {
  if (text.length > longest) return null;
  const country = region !== undefined && isSupportedCountry(region) ? region : undefined;
  const found = parsePhoneNumberFromString(text, { ...(country && { defaultCountry: country }), extract: false });
  if (found === undefined) return null;
  const international = /^[\s(]*[+＋]/.test(text);
  if (international ? !found.isPossible() : !found.isValid()) return null;
  return found.ext === undefined ? { e164: found.number } : { e164: found.number, ext: found.ext };
}

interface Plan {
  callingCode: string;
  lengths: ReadonlySet<number>;
  /** Numbers that begin so are rewritten by the full reading. */
  prefix: RegExp | null;
  /** National numbers that are valid. */
  pattern: RegExp;
  /** True when the calling code serves several countries, whose own rules the full reading weighs. */
  shared: boolean;
}

const plans = new Map<string, Plan | null>();

/** E.164 of a plain number, null for one that is plainly none, undefined where the full reading must decide. */
function plainNumber(text: string, region: string | undefined): string | null | undefined {
  if (text.length > longest) return null;
  const digits = digitsOf(text);
  if (digits === '') return undefined;
  if (digits.charCodeAt(0) === 43) return plainInternational(digits);
  if (region === undefined) return undefined;
  const plan = planOf(region);
  if (plan === null || !plan.lengths.has(digits.length) || plan.prefix?.test(digits)) return undefined;
  return plan.pattern.test(digits) ? `+${plan.callingCode}${digits}` : undefined;
}

function plainInternational(number: string): string | undefined {
  for (let length = 1; length <= 3; length++) {
    const plan = planOf(number.slice(1, 1 + length));
    if (plan === null) continue;
    const national = number.slice(1 + length);
    return plan.lengths.has(national.length) && !plan.prefix?.test(national) ? number : undefined;
  }
  return undefined;
}

/** Digits, with a leading plus; '' when there is anything but digits and the usual separators, or nothing. */
function digitsOf(text: string): string {
  let digits = '';
  let from = 0;
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? 32 : text.charCodeAt(at);
    if (code >= 48 && code <= 57) continue;
    if (code === 43 && at === 0) continue;
    if (code !== 32 && code !== 45 && code !== 46 && code !== 40 && code !== 41) return '';
    if (code === 40 && text.charCodeAt(at + 1) === 48) return '';
    if (at > from) digits = from === 0 && at === text.length ? text : digits + text.slice(from, at);
    from = at + 1;
  }
  return digits;
}

/** The numbering plan of a region (`DE`) or of the main country of a calling code (`49`). */
function planOf(name: string): Plan | null {
  const known = plans.get(name);
  if (known !== undefined) return known;
  const plan = readPlan(name);
  plans.set(name, plan);
  return plan;
}

function readPlan(name: string): Plan | null {
  const metadata = new Metadata();
  const byCode = name >= '0' && name <= '999';
  const main = byCode ? mainCountries().get(name) : isSupportedCountry(name) ? name : undefined;
  if (main === undefined) return null;
  metadata.selectNumberingPlan(main);
  const plan = metadata.numberingPlan;
  if (plan === undefined) return null;
  const detail = plan as typeof plan & { nationalPrefixForParsing(): string | undefined; nationalNumberPattern(): string };
  const prefix = detail.nationalPrefixForParsing();
  return {
    callingCode: String(plan.callingCode()),
    lengths: new Set(plan.possibleLengths()),
    prefix: prefix === undefined ? null : new RegExp(`^(?:${prefix})`),
    pattern: new RegExp(`^(?:${detail.nationalNumberPattern()})$`),
    shared: false,
  };
}

let mains: Map<string, CountryCode> | undefined;

function mainCountries(): Map<string, CountryCode> {
  throw new Error('x');
}
void mains;
