/** Can a field of theirs and a field of ours hold the same values? And what is lost where they do, but not wholly? */
import type { Field, Kind } from '#kit/fields.ts';

const texts = new Set<Kind>(['text', 'email', 'phone', 'link', 'choice']);

/** Codecs that lead from one kind to another, for the advice. */
const bridges: { readonly [pair: string]: string } = {
  'text>number': 'number',
  'text>money': 'money',
  'number>money': 'money or minor',
  'text>date': 'date',
  'number>instant': 'epoch',
  'instant>zoned': 'zoned',
  'zoned>instant': 'instant',
  'instant>date': 'day',
  'text>flag': 'flag',
  'text>ref': 'find, or link if it is an id of theirs',
  'ref>ref': 'link',
  'text>list': 'item or split',
  'list>text': 'join',
};

/** Why the two can never meet; null where they can. */
export function misfitOf(theirs: Field, ours: Field): { found: string; allowed: string; advice: string } | null {
  if (fits(theirs, ours)) return partMisfit(theirs, ours);
  const from = texts.has(theirs.kind) ? 'text' : theirs.kind;
  const to = texts.has(ours.kind) ? 'text' : ours.kind;
  const bridge = bridges[`${from}>${to}`];
  const advice =
    bridge === undefined ? 'Choose another field, or a formula.' : `The codec ${bridge} leads from ${from} to ${to}.`;
  return { found: `${theirs.kind} (“${theirs.title}”)`, allowed: `${ours.kind} (“${ours.title}”)`, advice };
}

function fits(theirs: Field, ours: Field): boolean {
  if (ours.kind === 'json' || (texts.has(theirs.kind) && texts.has(ours.kind))) return true;
  // A ref of theirs is an id over there: it becomes one of ours through `link` or `find` only, which say to what.
  if (theirs.kind === 'ref' && ours.kind === 'ref') return theirs.to !== undefined && theirs.to === ours.to;
  return theirs.kind === ours.kind;
}

function partMisfit(theirs: Field, ours: Field): ReturnType<typeof misfitOf> {
  if (ours.kind === 'json' || theirs.of === undefined || ours.of === undefined) return null;
  for (const [name, part] of Object.entries(theirs.of)) {
    const counterpart = ours.of[name];
    if (counterpart === undefined) continue;
    const misfit = misfitOf(part, counterpart);
    if (misfit !== null)
      return {
        ...misfit,
        found: `${name}: ${misfit.found}`,
        advice: `${misfit.advice} Within a list use each: { field: ${JSON.stringify(name)}, via: … }.`,
      };
  }
  if (Object.keys(theirs.of).some((name) => ours.of![name] !== undefined)) return null;
  return {
    found: `items of ${Object.keys(theirs.of).join(', ')}`,
    allowed: `items of ${Object.keys(ours.of).join(', ')}`,
    advice: 'The items share no part: the codec rename gives theirs our names.',
  };
}

/** What does not survive the way there and back, in words. */
export function lossOf(theirs: Field, ours: Field, way: 'both' | 'in' | 'out'): string[] {
  const losses: string[] = [];
  if (way !== 'in') losses.push(...narrower(ours, theirs, 'out'));
  if (way !== 'out') losses.push(...narrower(theirs, ours, 'in'));
  return losses;
}

/** What `to` cannot hold of `from`. */
function narrower(from: Field, to: Field, way: 'in' | 'out'): string[] {
  const losses: string[] = [];
  const [giver, holder] =
    way === 'out' ? [`ours (“${from.title}”)`, `theirs (“${to.title}”)`] : [`theirs (“${from.title}”)`, `ours (“${to.title}”)`];
  if (from.max !== undefined && to.max !== undefined && to.max < from.max) {
    losses.push(`${holder} holds ${to.max}, ${giver} up to ${from.max}`);
  }
  if (from.partial && !to.partial && to.kind === 'date') losses.push(`${holder} holds no date without its year`);
  if (to.options !== undefined && way === 'in' && !(from.options?.every((option) => to.options!.includes(option)) ?? false)) {
    losses.push(`${holder} holds only ${to.options.join(', ')}`);
  }
  if (from.of !== undefined && to.of !== undefined) {
    const missing = Object.keys(from.of).filter((name) => to.of![name] === undefined);
    if (missing.length > 0) losses.push(`items of ${holder} have no ${missing.join(', ')}`);
  }
  return losses;
}
