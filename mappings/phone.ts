/**
 * Phone numbers: international, national by region, with extensions. A number is never guessed: what cannot be read for sure
 * stays text and gives no key.
 *
 * libphonenumber takes some 30 µs a number, too slow for a page of a thousand people. Numbers of closed plans, which are most,
 * are read by their shape; `test/mappings/phone.test.ts` proves that both readings agree.
 */
import { getCountryCallingCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';

export interface PhoneNumber {
  /** `+14155552671` */
  e164: string;
  /** Digits of the extension. */
  ext?: string;
}

/** Reads a number. `region` (ISO 3166-1 alpha-2) is whose national numbers are meant; without it only international ones are read. */
export function readPhone(written: string, region?: string): PhoneNumber | null {
  const text = written.trim();
  if (text.length > longest) return null;
  const digits = digitsOf(text);
  const closed = digits === '' ? '' : closedNumber(digits, region);
  if (closed !== '') return { e164: closed };
  if (digits !== '' && isStrange(digits, region)) return null;
  const asked = `${region ?? ''} ${text}`;
  const known = recent.get(asked);
  if (known !== undefined) return known;
  const number = readFully(text, region);
  if (recent.size >= 20_000) recent.clear();
  recent.set(asked, number);
  return number;
}

/** `+14155552671`, or with an extension `+14155552671;ext=12` (RFC 3966); null where it cannot be read. */
export function e164(text: string, region?: string): string | null {
  const number = readPhone(text, region);
  if (number === null) return null;
  return number.ext === undefined ? number.e164 : `${number.e164};ext=${number.ext}`;
}

/** The shortest whole numbers there are have seven digits: less is an extension or a code. */
const shortest = 7;

/** Digits of a number in national form, without trunk zeros and extension; '' where it is international, or no number. */
export function nationalDigits(text: string): string {
  if (text.length > longest || isInternational(text)) return '';
  const [number = ''] = text.split(/[,;x#]|ext/i, 1);
  const digits = number
    .normalize('NFKC')
    .replaceAll(/[\s\-.()/\u2010-\u2015]/g, '')
    .replace(/^0+/, '');
  return /^\d+$/.test(digits) && digits.length >= shortest && digits.length <= 15 ? digits : '';
}

export interface NumberForms {
  /** ISO country it belongs to, where that is known: some calling codes serve several. */
  region?: string;
  callingCode: string;
  /** As its own country writes it, without trunk zeros: its national number, and with another trunk prefix (Hungary's 06, Russia's 8). */
  national: string[];
  /** With the calling code and without a plus. */
  bare: string;
}

/** How a number in E.164 is written without its plus; null for one that is not E.164, or of no country. */
export function formsOf(number: string): NumberForms | null {
  const found = parsePhoneNumberFromString(number);
  if (found === undefined) return null;
  const { country, countryCallingCode: callingCode } = found;
  const digits = [found.nationalNumber, found.formatNational()].map((text) => text.replaceAll(/\D/g, '').replace(/^0+/, ''));
  const national = [...new Set(digits)].filter((one) => one.length >= shortest);
  return { ...(country && { region: country }), callingCode, national, bare: callingCode + found.nationalNumber };
}

/** The calling code of a country (ISO 3166-1 alpha-2, in capitals): `49`; undefined where there is no such country. */
export const callingCodeOf = (region: string): string | undefined =>
  isSupportedCountry(region) ? getCountryCallingCode(region) : undefined;

/** Is this a region (ISO 3166-1 alpha-2, in capitals) whose national numbers can be read? */
export const isRegion = (text: string): boolean => isSupportedCountry(text);

/** Longer texts are notes, not numbers. */
const longest = 60;

/** What was read in full lately. */
const recent = new Map<string, PhoneNumber | null>();

/** North American numbers have one shape, in all countries that share it; area codes not yet given out count too. */
const nanp = /^[2-9]\d{2}[2-9]\d{6}$/;

/** The full reading, whatever the shape. National numbers must be valid in their region, international ones possible in theirs. */
export function readFully(text: string, region?: string): PhoneNumber | null {
  const country = region !== undefined && isSupportedCountry(region) ? region : undefined;
  const found = parsePhoneNumberFromString(text, { ...(country && { defaultCountry: country }), extract: false });
  if (found === undefined || found.number.length < 8) return null;
  const known =
    found.isValid() ||
    (found.countryCallingCode === '1' ? nanp.test(found.nationalNumber) : isInternational(text) && found.isPossible());
  if (!known) return null;
  return found.ext === undefined ? { e164: found.number } : { e164: found.number, ext: found.ext };
}

function isInternational(text: string): boolean {
  return /^\s*(tel:)?[\s(]*[+\uFF0B]/i.test(text);
}

/**
 * Plans whose national numbers have one length or few and cannot begin with a trunk prefix, so that a number's shape tells all.
 * Calling code → lengths of the national number, and its first digit. From libphonenumber's metadata, to which a test holds it.
 */
const closedPlans: { readonly [callingCode: string]: RegExp } = {
  '1': nanp,
  '20': /^[1-9]\d{8,9}$/,
  '30': /^[2-9]\d{9}$/,
  '31': /^[1-9]\d{8}$/,
  '32': /^[1-9]\d{7,8}$/,
  '33': /^[1-9]\d{8}$/,
  '34': /^[5-9]\d{8}$/,
  '41': /^[2-9]\d{8}$/,
  '44': /^[1-9]\d{9}$/,
  '45': /^[2-9]\d{7}$/,
  '48': /^[2-9]\d{8}$/,
  '49': /^[1-9]\d{8,10}$/,
  '61': /^[2-478]\d{8}$/,
  '65': /^[3689]\d{7}$/,
  '81': /^[1-9]\d{8,9}$/,
  '82': /^[1-9]\d{7,9}$/,
  '84': /^[1-9]\d{8,9}$/,
  '90': /^[2-58]\d{9}$/,
  '91': /^[1-9]\d{9}$/,
  '351': /^[2-9]\d{8}$/,
  '353': /^[1-9]\d{8}$/,
  '359': /^[2-9]\d{7,8}$/,
  '380': /^[3-9]\d{8}$/,
  '972': /^[2-9]\d{7,8}$/,
};

/** E.164 of a number of a closed plan; '' where the full reading must decide. */
function closedNumber(digits: string, region: string | undefined): string {
  if (digits.charCodeAt(0) !== plus)
    return digits.length === 10 && region !== undefined && isNanp(region) && nanp.test(digits) ? `+1${digits}` : '';
  for (let end = 2; end <= 4; end++) {
    const plan = closedPlans[digits.slice(1, end)];
    if (plan !== undefined) return plan.test(digits.slice(end)) ? digits : '';
  }
  return '';
}

/** In the United States and Canada eight digits and more are ten, eleven behind a 1, or any number behind 011: else they are none. */
function isStrange(digits: string, region: string | undefined): boolean {
  if ((region !== 'US' && region !== 'CA') || digits.charCodeAt(0) === plus) return false;
  return digits.length >= 8 && digits.length !== 10 && !digits.startsWith('1') && !digits.startsWith('011');
}

const plus = 43;
const zero = 48;
const nine = 57;
const separators = new Set([...' -.()'].map((character) => character.charCodeAt(0)));

/** The digits, behind a plus where it begins with one; '' where there is anything but digits and the usual separators. */
function digitsOf(text: string): string {
  let digits = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if ((code >= zero && code <= nine) || (code === plus && at === 0)) continue;
    if (!separators.has(code)) return '';
    digits += text.slice(from, at);
    from = at + 1;
  }
  return from === 0 ? text : digits + text.slice(from);
}

const nanpRegions = new Map<string, boolean>();

function isNanp(region: string): boolean {
  let is = nanpRegions.get(region);
  if (is === undefined) {
    is = isSupportedCountry(region) && getCountryCallingCode(region) === '1';
    nanpRegions.set(region, is);
  }
  return is;
}
