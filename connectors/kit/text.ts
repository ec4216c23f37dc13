/** Text that no database keeps: NUL characters and lone surrogates (PostgreSQL refuses both in jsonb). */

import type { Json } from './fields.ts';
import type { FieldProblem } from './stream.ts';

/** Such text anywhere in JSON: for what is kept beside the declared fields. */
export function checkText(json: Json): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!isClean(json)) findUnclean(json, '', problems);
  return problems;
}

/** The same JSON with every NUL and lone surrogate replaced by U+FFFD: for showing a misfit, never for sending back. */
export function cleaned(json: Json): Json {
  if (typeof json === 'string') return cleanText(json);
  if (Array.isArray(json)) return json.map(cleaned);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([name, value]) => [cleanText(name), cleaned(value)]));
}

/** Short text is walked, which costs less than two calls into the engine. */
export function isCleanText(text: string): boolean {
  if (text.length > 48) return text.isWellFormed() && !text.includes('\0');
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 0) return false;
    if ((unit & 0xf800) === 0xd800) return text.isWellFormed() && !text.includes('\0', i);
  }
  return true;
}

export function isClean(json: Json): boolean {
  if (typeof json === 'string') return isCleanText(json);
  if (typeof json !== 'object' || json === null) return true;
  if (Array.isArray(json)) {
    for (const one of json) if (!isClean(one)) return false;
    return true;
  }
  for (const name in json) if (!isCleanText(name) || !isClean(json[name]!)) return false;
  return true;
}

export function findUnclean(json: Json, path: string, problems: FieldProblem[]): void {
  if (typeof json === 'string') {
    if (!isCleanText(json)) problems.push(unclean(path, json));
    return;
  }
  if (typeof json !== 'object' || json === null) return;
  for (const [name, value] of Object.entries(json)) {
    if (!isCleanText(name)) problems.push(unclean(join(path, name), name));
    findUnclean(value, join(path, name), problems);
  }
}

export function unclean(path: string, text: string): FieldProblem {
  const at = text.includes('\0') ? text.indexOf('\0') : firstLoneSurrogate(text);
  const what = text.includes('\0') ? 'a NUL character' : 'half of a surrogate pair';
  return {
    path,
    found: `${what} at position ${at} of ${JSON.stringify(text.slice(Math.max(0, at - 10), at + 10))}`,
    allowed: 'text of whole Unicode characters without NUL',
  };
}

function firstLoneSurrogate(text: string): number {
  const healed = text.toWellFormed();
  for (let i = 0; i < text.length; i++) if (text[i] !== healed[i]) return i;
  return -1;
}

export function cleanText(text: string): string {
  return isCleanText(text) ? text : text.toWellFormed().replaceAll('\0', '\ufffd');
}

export function join(prefix: string, name: string): string {
  return prefix === '' ? cleanText(name) : `${prefix}/${cleanText(name)}`;
}
