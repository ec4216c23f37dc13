/**
 * Who sent something, judged over raw bytes: HMAC, comparison in constant time, age. What a parser has been through is another text
 * (key order, escapes, 1.0 and 1): signatures hold for the bytes that came and for nothing else.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export interface Signing {
  /** How the digest is written. */
  encoding: 'hex' | 'base64' | 'base64url';
  /** Default sha256. */
  algorithm?: 'sha1' | 'sha256' | 'sha512';
  /** What stands before the digest, as `v0=`. */
  prefix?: string;
}

/** How far a signed time may lie from ours, ms: what replays live on, and what a clock that is off has. */
export const WINDOW_MS = 5 * 60_000;

/** The signature of parts that follow each other. */
export function signatureOf(secret: string, parts: readonly (string | Uint8Array)[], signing: Signing): string {
  const hmac = createHmac(signing.algorithm ?? 'sha256', secret);
  for (const part of parts) hmac.update(part);
  return `${signing.prefix ?? ''}${hmac.digest(signing.encoding)}`;
}

/** Is it the signature of the parts by one of the secrets? Every secret is tried, whichever fits. None: nothing is signed. */
export function isSigned(
  given: string | undefined,
  secrets: readonly string[],
  parts: readonly (string | Uint8Array)[],
  signing: Signing,
): boolean {
  if (given === undefined) return false;
  const bytes = Buffer.from(given);
  let found = false;
  for (const secret of secrets) {
    const own = Buffer.from(signatureOf(secret, parts, signing));
    if (own.length === bytes.length && timingSafeEqual(own, bytes)) found = true;
  }
  return found;
}

/** Is it one of the secrets itself? In the same time whether and where they differ, and however long they are. */
export function isSecret(given: string | undefined, secrets: readonly string[]): boolean {
  if (given === undefined || given === '') return false;
  const own = digest(given);
  let found = false;
  for (const secret of secrets) if (timingSafeEqual(own, digest(secret))) found = true;
  return found;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** What is wrong with the time that was signed (ms since the epoch); undefined: it is of now. */
export function ageProblem(at: number | undefined, now: number, window = WINDOW_MS): string | undefined {
  if (at === undefined || !Number.isFinite(at)) return 'no timestamp';
  if (now - at > window) return 'stale timestamp';
  return at - now > window ? 'future timestamp' : undefined;
}

/** Milliseconds of whole seconds written as digits; undefined where they are none. */
export function secondsOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) * 1_000 : undefined;
}
