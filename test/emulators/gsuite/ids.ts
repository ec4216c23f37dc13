import { mix } from '../kit/random.ts';

/**
 * The names of number `n` in one account's address book. They look as Google's do and can be turned back into `n`, so that a
 * million people need no table of names.
 */
export interface Ids {
  /** `people/c6051712345678901` */
  resourceName(n: number): string;
  /** The number behind a resource name of this account, if it is one. */
  numberOf(resourceName: string): number | undefined;
  /** Hexadecimal id of the CONTACT source. */
  sourceId(n: number): string;
  /** Etag of the CONTACT source at a version. */
  sourceEtag(n: number, version: number): string;
  /** Etag of the person at a version. */
  personEtag(n: number, version: number): string;
}

/** An odd number and its inverse modulo 2^32: multiplying by one undoes the other. */
const SPREAD = 2_654_435_761;
const GATHER = 244_002_641;

export function createIds(salt: number): Ids {
  const scrambled = (n: number) => (Math.imul(n, SPREAD) ^ salt) >>> 0;
  const head = (n: number) => 100_000_000 + (mix(salt, n) % 800_000_000);
  const resourceName = (n: number) => `people/c${head(n)}${String(scrambled(n)).padStart(10, '0')}`;
  return {
    resourceName,
    numberOf: (name) => {
      const digits = /^people\/c\d{9}(\d{10})$/.exec(name)?.[1];
      if (digits === undefined) return undefined;
      const n = Math.imul(Number(digits) ^ salt, GATHER) >>> 0;
      return resourceName(n) === name ? n : undefined;
    },
    sourceId: (n) => hex(mix(salt ^ 0x50, n)) + hex(scrambled(n)),
    sourceEtag: (n, version) => `#${letters(mix(mix(salt, n), version))}${letters(scrambled(n))}=`,
    personEtag: (n, version) => `%EgkBAgcJ${letters(mix(mix(salt, n), version + 0x10000))}${letters(scrambled(n))}==`,
  };
}

const hex = (n: number): string => n.toString(16).padStart(8, '0');

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** 32 bits as six letters of base 64. */
function letters(bits: number): string {
  let out = '';
  for (let shift = 30; shift >= 0; shift -= 6) out += ALPHABET.charAt((bits >>> shift) & 63);
  return out;
}
