/**
 * What the hub's rooms throw when a request cannot be done as asked. It names the kind of the trouble, never an HTTP status or an
 * exit code: `hub/api/problems.ts` and `hub/cli/` turn kinds into those, each in one place.
 */
import type { FieldProblem } from '#kit/stream.ts';

export type FaultKind =
  /** There is no such thing, or it belongs to another workspace. */
  | 'missing'
  /** The thing's state forbids it: already there, already running, archived. */
  | 'conflict'
  /** What was sent breaks a rule; `problems` lists every place. */
  | 'invalid'
  /** The thing has changed since the version the request was made on. */
  | 'precondition'
  /** Who asks may not. */
  | 'forbidden'
  /** Not now: try again shortly. */
  | 'busy';

export class Fault extends Error {
  readonly kind: FaultKind;
  /** What the person who can act should do next. */
  readonly advice: string;
  /** Every place that breaks a rule: path, what was found, what is allowed. */
  readonly problems: readonly FieldProblem[];

  /** `message` says where and what was found; `advice` what to do next. */
  constructor(kind: FaultKind, message: string, advice: string, problems: readonly FieldProblem[] = [], cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.kind = kind;
    this.advice = advice;
    this.problems = problems;
  }
}
