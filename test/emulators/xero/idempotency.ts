import { createHash } from 'node:crypto';
import type { Clock } from '../kit/clock.ts';
import type { Answer, Call } from '../kit/server.ts';
import { refuse, XeroError } from './errors.ts';

const LIFE = 6 * 60_000;
const LONGEST = 128;

export type Once = (key: string | undefined, whose: string, call: Call, carryOut: () => Answer) => Answer;

/**
 * Under an `Idempotency-Key` a request is carried out once in about six minutes: repeated, it has the same answer, refusals too; another
 * request under the key is refused.
 */
export function createOnce(clock: Clock): Once {
  const known = new Map<string, { request: string; answer: Answer; at: number }>();
  return (key, whose, call, carryOut) => {
    if (key === undefined) return carryOut();
    if (key.length > LONGEST)
      throw refuse(400, 10, 'ValidationException', `Idempotency-Key is longer than ${LONGEST} characters`);
    const name = `${whose} ${key}`;
    const request = fingerprint(call);
    const held = known.get(name);
    if (held !== undefined && held.at + LIFE > clock.now()) {
      if (held.request === request) return held.answer;
      throw refuse(400, 10, 'ValidationException', 'Idempotency-Key was used with another request before');
    }
    const answer = answered(carryOut);
    known.set(name, { request, answer, at: clock.now() });
    return answer;
  };
}

function answered(carryOut: () => Answer): Answer {
  try {
    return carryOut();
  } catch (error) {
    if (error instanceof XeroError) return error.answer;
    throw error;
  }
}

function fingerprint({ method, path, query, body }: Call): string {
  return createHash('sha256').update(`${method} ${path}?${query} `).update(body).digest('hex');
}
