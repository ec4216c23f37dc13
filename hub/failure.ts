/** A failure as the terminal tells it: what went wrong, where, what to do; a stack only where nobody foresaw it. */
import type { ConfigProblem } from './config.ts';
import { ConfigTrouble } from './config.ts';

export interface Failure {
  message: string;
  advice?: string;
  problems?: readonly { path: string; found: string; allowed: string }[];
}

/** Any error that bears `advice` was foreseen: the kit's four, `Fault`, the configuration's and the database's. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { message: String(error) };
  const advice = Reflect.get(error, 'advice');
  if (typeof advice !== 'string') return { message: error.stack ?? error.message };
  const problems = error instanceof ConfigTrouble ? error.problems.map(ofVariable) : Reflect.get(error, 'problems');
  return { message: error.message, advice, ...(Array.isArray(problems) && problems.length > 0 && { problems }) };
}

export function failureText(error: unknown): string {
  const { message, advice, problems = [] } = failureOf(error);
  const places = problems.map((problem) => `  ${problem.path}: found ${problem.found}, allowed ${problem.allowed}`);
  return [message, ...places, ...(advice === undefined || advice === '' ? [] : [advice])].join('\n');
}

function ofVariable({ variable, found, allowed }: ConfigProblem): { path: string; found: string; allowed: string } {
  return { path: variable, found, allowed };
}
