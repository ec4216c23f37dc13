/** When something is to be done about a subscription. Pure; times are ms since the epoch. */
import { createHash } from 'node:crypto';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** How often a stream is polled of which no subscription tells. */
export const POLL_MS = 10 * MINUTE;
/**
 * How often one is polled of which a living subscription tells: what it does not tell is found within half an hour, at a third of the
 * calls. Nothing is ever polled more often than without one.
 */
export const TOLD_POLL_MS = 30 * MINUTE;

/** How often a service is asked whether its promise still holds: none says so by itself. */
const LOOK_MS = HOUR;

/** A subscription's own place between 0 and 1: always the same, so that many do not come due at once, nor move about. */
export function jitter(address: string): number {
  return createHash('sha256').update(address).digest().readUInt32BE(0) / 2 ** 32;
}

/** At half its life, and up to a tenth of it earlier: what fails then has half a life to be tried again. */
export function renewalOf(address: string, granted: number, expires: number): number {
  const life = Math.max(0, expires - granted);
  return expires - life * (0.5 + 0.1 * jitter(address));
}

/** The next look, between 54 and 66 minutes from now. */
export function lookAfter(address: string, now: number): number {
  return now + LOOK_MS * (0.9 + 0.2 * jitter(address));
}

/** After `failures` in a row: from half a minute, doubled each time, to an hour; later where the service asks for it. */
export function retryAfter(address: string, now: number, failures: number, leastMs = 0): number {
  const wait = Math.min(HOUR, 30_000 * 2 ** Math.min(failures, 12)) * (1 + 0.2 * jitter(address));
  return now + Math.max(wait, leastMs);
}

/** After a refusal, which a person has to mend: from a quarter of an hour to six hours. */
export function askAgainAfter(address: string, now: number, failures: number): number {
  return now + Math.min(6 * HOUR, 15 * MINUTE * 2 ** Math.min(failures, 6)) * (1 + 0.2 * jitter(address));
}

/** How long the former secret is believed once the service has the new one: deliveries on their way and repeated ones bear it. */
export const FORMER_SECRET_MS = HOUR;
