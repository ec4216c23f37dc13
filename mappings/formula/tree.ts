/** The tree of a parsed formula: made exact, searched for what it reads, and held within bounds. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { Exact, isWithin } from './exact.ts';

export interface Reads {
  row: Set<string>;
  record: Set<string>;
}

/** A place in a formula that is not allowed. */
export interface Offence {
  at: number;
  end: number;
  problem: string;
}

const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
/** Loops may nest once. */
const deepest = 2;
/** Most parts of a split text: what a loop may then run over. */
const mostParts = 100n;

/** The nodes below a node. */
export function below(node: ASTNode): ASTNode[] {
  const found: ASTNode[] = [];
  const collect = (part: unknown): void => {
    if (Array.isArray(part)) for (const one of part) collect(one);
    else if (part !== null && typeof part === 'object' && 'op' in part) found.push(part as ASTNode);
  };
  collect(node.args);
  return found;
}

/**
 * Makes every decimal literal exact (0.1 is a tenth, not the nearest binary fraction), and the integers of a quotient too:
 * 15 / 100 is 0.15, not 0.
 */
export function makeExact(node: ASTNode, source: string): void {
  const quotient = node.op === '/';
  for (const child of below(node)) {
    if (child.op === 'value') {
      const writable = child as { args: unknown };
      if (typeof child.args === 'number') writable.args = new Exact(source.slice(child.start, child.end));
      else if (quotient && typeof child.args === 'bigint') writable.args = new Exact(child.args.toString());
    } else makeExact(child, source);
  }
}

/** Fields of `row` and `record` that the formula reads by name. */
export function readsOf(node: ASTNode, reads: Reads): Reads {
  if (node.op === '.' || node.op === '[]') {
    const [left, right] = node.args as [ASTNode, string | ASTNode];
    const name = typeof right === 'string' ? right : right.op === 'value' && typeof right.args === 'string' ? right.args : null;
    if (left.op === 'id' && (left.args === 'row' || left.args === 'record') && name !== null) {
      reads[left.args].add(name);
      return reads;
    }
  }
  for (const child of below(node)) readsOf(child, reads);
  return reads;
}

/** How deep loops are nested: 0 without a loop. */
export function loopsOf(node: ASTNode): number {
  const deepestBelow = Math.max(0, ...below(node).map(loopsOf));
  return node.op === 'rcall' && loops.has(nameOf(node)) ? deepestBelow + 1 : deepestBelow;
}

/** By what the texts of a formula grow. */
export interface Growth {
  /** Texts it names: fields, items, literals. */
  texts: number;
  /** The longest text, and the most items, that it brings itself. */
  longest: number;
  items: number;
  /** How often it multiplies by the items of a list: loops within each other, and texts put between items. */
  deep: number;
}

export function growthOf(node: ASTNode): Growth {
  const own: Growth = { texts: 0, longest: 0, items: 1, deep: 0 };
  if (node.op === 'id' || node.op === '.' || node.op === '[]') own.texts = 1;
  if (node.op === 'value' && typeof node.args === 'string') Object.assign(own, { texts: 1, longest: node.args.length });
  if (node.op === 'list') own.items = Math.max(1, below(node).length);
  if (node.op === 'rcall' && nameOf(node) === 'split') own.items = Number(mostParts);
  const parts = node.op === '.' || node.op === '[]' ? below(node).filter(({ op }) => op !== 'id') : below(node);
  for (const part of parts.map(growthOf)) {
    own.texts += part.texts;
    own.longest = Math.max(own.longest, part.longest);
    own.items = Math.max(own.items, part.items);
    own.deep = Math.max(own.deep, part.deep);
  }
  if (node.op === 'rcall' && (loops.has(nameOf(node)) || joinsByText(node))) own.deep += 1;
  return own;
}

/** Does it put a text of unknown length between the items of a list? */
function joinsByText(node: ASTNode): boolean {
  const [name, , args] = node.args as [string, ASTNode, ASTNode[]];
  return name === 'join' && args.some((between) => between.op !== 'value');
}

/** What is refused although CEL would take it: what is unbounded, inexact or misleading. */
export function offences(node: ASTNode, hasBlank: (side: string, field: string) => boolean): Offence[] {
  const found: Offence[] = [];
  const offend = (problem: string): void => {
    found.push({ at: node.start, end: node.end, problem });
  };
  if (node.op === 'rcall' || node.op === 'call') {
    const refusal = refusals[nameOf(node)]?.(node);
    if (refusal) offend(refusal);
    const misled = nameOf(node) === 'has' ? blankText(node, hasBlank) : null;
    if (misled !== null) offend(`has() cannot tell: a blank ${misled} is there and empty; compare it, as in ${misled} != ""`);
  }
  if (node.op === 'value' && node.args instanceof Exact && !isWithin(node.args)) offend('a number with too many digits');
  if (loopsOf(node) > deepest) offend('a loop within two others could take too long; loops nest once');
  else for (const child of partsOf(node, offend)) found.push(...offences(child, hasBlank));
  return found;
}

/** Functions of CEL that are not offered, or not in every use. */
const refusals: { readonly [name: string]: ((node: ASTNode) => string | null) | undefined } = {
  matches: () => 'matches() is not offered, for a pattern can take for ever; use contains(), startsWith() or endsWith()',
  double: () => 'double() is inexact; decimal() is exact',
  bytes: () => 'bytes() is not offered; texts stay texts',
  dyn: () => 'dyn() is not offered: types are checked',
  split(node) {
    const limit = (node.args as [string, ASTNode, ASTNode[]])[2]?.[1];
    const bounded = limit?.op === 'value' && typeof limit.args === 'bigint' && limit.args > 0n && limit.args <= mostParts;
    return bounded ? null : `split() takes the most parts it may give, up to ${mostParts}: split(", ", ${mostParts})`;
  },
};

function nameOf(node: ASTNode): string {
  return (node.args as unknown[])[0] as string;
}

/** The nodes below, `row` and `record` left out where a field of theirs is read; anywhere else they are an offence. */
function partsOf(node: ASTNode, offend: (problem: string) => void): ASTNode[] {
  if (node.op === '[]' && dynamicIndex(node)) offend('row[…] and record[…] take a name in quotes');
  const access = node.op === '.' || node.op === '[]';
  return below(node).filter((child, place) => {
    if (child.op !== 'id' || (child.args !== 'row' && child.args !== 'record')) return true;
    if (!access || place !== 0)
      offend(`${child.args} stands for no value of its own; read a field of it, as in ${child.args}.name`);
    return false;
  });
}

function blankText(node: ASTNode, hasBlank: (side: string, field: string) => boolean): string | null {
  const [, args] = node.args as [string, ASTNode[]];
  const access = args[0];
  if (access?.op !== '.') return null;
  const [left, field] = access.args as [ASTNode, string];
  return left.op === 'id' && hasBlank(left.args as string, field) ? `${left.args as string}.${field}` : null;
}

function dynamicIndex(node: ASTNode): boolean {
  const [left, right] = node.args as [ASTNode, ASTNode];
  return (
    left.op === 'id' &&
    (left.args === 'row' || left.args === 'record') &&
    !(right.op === 'value' && typeof right.args === 'string')
  );
}
