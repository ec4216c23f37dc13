/**
 * Errors by what to do next, four and no more. `message` is for the maintainer; `advice` is for the person who can act.
 * They concern a call; what became of each draft is its outcome (`stream.ts`).
 */
export abstract class Problem extends Error {
  abstract readonly next: 'later' | 'reconnect' | 'refused' | 'changed';
  readonly advice: string;
  constructor(message: string, advice: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.advice = advice;
  }
}

/** Not now. Uses up no attempt. */
export class TryLater extends Problem {
  readonly next = 'later';
  readonly afterMs: number;
  /** True when the request certainly was not carried out (refused connection, 429): safe to repeat even for a write. */
  readonly notSent: boolean;
  /** What has to rest meanwhile, where the request was not carried out: the budget it was to use up, or all of the account's. */
  readonly rests: 'budget' | 'account';
  constructor(
    message: string,
    advice: string,
    afterMs: number,
    notSent: boolean,
    cause?: unknown,
    rests: TryLater['rests'] = 'budget',
  ) {
    super(message, advice, cause);
    this.afterMs = afterMs;
    this.notSent = notSent;
    this.rests = rests;
  }
}

/** The grant is dead or too small: a person has to sign in again. */
export class Reconnect extends Problem {
  readonly next = 'reconnect';
}

/** The service refuses this request for this reason; the same request will be refused again. */
export class Refused extends Problem {
  readonly next = 'refused';
  readonly field: string | undefined;
  constructor(message: string, advice: string, field?: string, cause?: unknown) {
    super(message, advice, cause);
    this.field = field;
  }
}

/** Their API is not what we know: a maintainer has to look. */
export class Changed extends Problem {
  readonly next = 'changed';
}

/** Both messages as one text. Advice that bears the service's own words says all: they are not said twice. */
export function bothOf({ message, advice, cause }: Problem): string {
  for (let at = cause; at instanceof Error; at = at.cause) if (at.message !== '' && advice.includes(at.message)) return advice;
  return `${message}${/[.!?…]$/.test(message) ? '' : '.'} ${advice}`;
}
