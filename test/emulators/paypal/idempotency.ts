import type { Clock } from '../kit/clock.ts';
import type { Answer } from '../kit/server.ts';
import { malformed } from './errors.ts';

/** The shortest of the times PayPal keeps them: orders 6 h, products 72 h, payments 45 days. Here all are kept for 72 h. */
const LIFE = 72 * 3_600_000;

export type Remembered = ReturnType<typeof createRemembered>;

/** What was answered under a `PayPal-Request-Id`: given again, with 200 in place of 201. Refusals are not remembered. */
export function createRemembered(clock: Clock) {
  const answers = new Map<string, { answer: Answer; until: number }>();
  return {
    async once(id: string | undefined, of: string, handle: () => Answer | Promise<Answer>): Promise<Answer> {
      if (id === undefined) return handle();
      if (id.length < 1 || id.length > 108) {
        throw malformed({ issue: 'INVALID_STRING_LENGTH', field: 'PayPal-Request-Id', location: 'header' });
      }
      const key = `${of} ${id}`;
      const known = answers.get(key);
      if (known !== undefined && known.until > clock.now()) {
        return { ...known.answer, status: known.answer.status === 201 ? 200 : known.answer.status };
      }
      const answer = await handle();
      if (answer.status < 300) answers.set(key, { answer, until: clock.now() + LIFE });
      return answer;
    },
  };
}
