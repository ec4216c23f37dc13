/** What a value's way through codecs must know of other rows and records, before anybody has answered. */
import type { Json } from '#kit/fields.ts';
import type { Answer, Answers, Wanted } from '../answers.ts';
import { type Step, Unfit } from './step.ts';

/** Stands in for answers that are still to come, so that a later step may ask for the parts an earlier one leaves alone. */
const unanswered = { get: (): Answer => '?' } as Pick<Answers, 'get'> as Answers;

/** All that the steps ask on the way of this value, in their order. A value that cannot get to a step asks nothing there. */
export function askThrough(steps: readonly Step[], way: 'in' | 'out', from: Json | undefined): Wanted[] {
  const wanted: Wanted[] = [];
  const last = steps.findLastIndex((step) => asks(step, way));
  let value = from;
  try {
    for (const [at, step] of steps.entries()) {
      if (at > last) break;
      if (blank(value)) value = way === 'in' ? step.blankIn : step.blankOut;
      else {
        wanted.push(...((way === 'in' ? step.wantsIn?.(value!) : step.wantsOut?.(value!)) ?? []));
        if (at < last) value = step[way](value!, unanswered);
      }
    }
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
  }
  return wanted;
}

export const asks = (step: Step, way: 'in' | 'out'): boolean => (way === 'in' ? step.wantsIn : step.wantsOut) !== undefined;

function blank(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}
