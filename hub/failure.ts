/** A failure as the terminal tells it: what went wrong, where, what to do; a stack only where nobody foresaw it. */
import type { FieldProblem } from '#kit/stream.ts';
import { Fault } from './fault.ts';

export interface Failure {
  message: string;
  advice?: string;
  problems?: readonly FieldProblem[];
}

/** Any error that bears `advice` was foreseen: the kit's four, `Fault`, the configuration's and the database's. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const advice = Reflect.get(error, 'advice');
  if (typeof advice !== 'string') return { message: error.stack ?? error.message };
  const problems = error instanceof Fault ? error.problems : [];
  return { message: error.message, advice, ...(problems.length > 0 && { problems }) };
}

export function failureText(error: unknown): string {
  const { message, advice, problems = [] } = failureOf(error);
  const places = problems.map((problem) => `  ${problem.path}: found ${problem.found}, allowed ${problem.allowed}`);
  return [message, ...places, ...(advice === undefined || advice === '' ? [] : [advice])].join('\n');
}
