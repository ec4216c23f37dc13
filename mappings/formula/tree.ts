/** The tree of a parsed formula: made exact, searched for what it reads, and held within bounds. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { Exact } from './exact.ts';

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

/** Loops over lists; they may nest once. */
const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);
const deepest = 2;

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

/** What is refused although CEL would take it: what is unbounded, inexact or misleading. */
export function offences(node: ASTNode, hasBlank: (side: string, field: string) => boolean, depth = 0): Offence[] {
  const found: Offence[] = [];
  const offend = (problem: string): void => {
    found.push({ at: node.start, end: node.end, problem });
  };
  let inner = depth;
  if (node.op === 'rcall' || node.op === 'call') {
    const name = (node.args as unknown[])[0] as string;
    if (node.op === 'rcall' && loops.has(name)) inner += 1;
    if (inner > deepest) offend(`${name}() within two other loops could take too long; loops nest once`);
    if (name === 'matches')
      offend('matches() is not offered, for a pattern can take for ever; use contains(), startsWith() or endsWith()');
    if (name === 'double') offend('double() is inexact; decimal() is exact');
    const misled = name === 'has' ? blankText(node, hasBlank) : null;
    if (misled !== null) offend(`has() cannot tell: a blank ${misled} is there and empty; compare it, as in ${misled} != ""`);
  }
  if (node.op === '[]' && dynamicIndex(node)) offend('row[…] and record[…] take a name in quotes');
  for (const child of below(node)) found.push(...offences(child, hasBlank, inner));
  return found;
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
