/** Lists: pages count from 1, and there is a next one where the answer bears a link to it. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, numberOf, objectsOf, textOf } from '#kit/json.ts';
import { ask, type Sending } from './client.ts';

export interface Listed {
  things: readonly JsonObject[];
  /** Where the next page is, as PayPal links it; undefined: this was the last. */
  next?: URL;
  total?: number;
}

/** One page. Throws Changed where there is no list of objects. */
export async function list(ctx: Context, sending: Sending, member: 'items' | 'products'): Promise<Listed> {
  const answer = await ask(ctx, sending);
  const given = answer[member];
  const things = objectsOf(given);
  if (!Array.isArray(given) || things.length !== given.length) {
    throw new Changed(
      `${sending.name}: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected '${member}' as a list of objects`,
      'PayPal answers in a way we do not know. Tell the maintainer.',
    );
  }
  const href = textOf(objectsOf(answer.links).find(({ rel }) => rel === 'next')?.href);
  const total = numberOf(answer.total_items);
  return {
    things,
    ...(href !== undefined && URL.canParse(href) && { next: new URL(href) }),
    ...(total !== undefined && { total }),
  };
}

/** The number of the page after `page`; undefined where there is none. One that names itself, or one before, is Changed. */
export function numberAfter(name: string, page: number, { next }: Listed): number | undefined {
  if (next === undefined) return undefined;
  const told = Number(next.searchParams.get('page') ?? page + 1);
  if (told === page + 1) return told;
  throw new Changed(
    `${name}: page ${page} names page ${told} as the next one; allowed is ${page + 1}`,
    'The service repeats itself. Try again later; if it stays, tell the maintainer.',
  );
}
