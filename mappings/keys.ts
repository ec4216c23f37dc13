/** Match keys and search words of a record: pure, over all its values. The hub keeps them as rows and asks them by equality and prefix. */
import { createHash } from 'node:crypto';
import type { Json, Values } from '#kit/fields.ts';
import type { KeyField, KeyKind } from './objects/shape.ts';
import { type CrmObject, object as objectNamed } from './objects.ts';
import { nationalDigits, readPhone } from './phone.ts';

export interface Key {
  kind: KeyKind;
  token: string;
}

/** Number of the rules by which values give keys. Raised when the same values give others: the hub then computes all anew. */
export const keyRules = 3;

/** Most search words of one record, and the longest. */
export const mostWords = 24;
export const longestToken = 64;

/** Most keys of one kind that a list gives, unless the object says otherwise: a record that bears more is no person. */
const mostKeys = 200;

/**
 * All keys that a record's values give, each once. `region` is whose national phone numbers are meant.
 * A value that gives no sure key (an unreadable number, an address without @) gives none.
 */
export function keysOf(object: string | CrmObject, values: Values, region = 'US'): Key[] {
  const shape = typeof object === 'string' ? objectNamed(object) : object;
  const tokens = new Map<KeyKind, Set<string>>();
  const words = new Set<string>();
  const name = shape.ownName(values);
  if (name !== '') {
    put(tokens, 'name', nameToken(name));
    addWords(words, name);
  }
  for (const key of shape.keys) {
    const { field } = key;
    const value = values[field];
    if (value === undefined || value === null) continue;
    if (typeof value === 'string') addKey(key, value, region, tokens, words);
    else if (Array.isArray(value)) addItems(key, shape.fields[field]?.identity ?? 'value', value, region, tokens, words);
  }
  const keys: Key[] = [];
  for (const [kind, set] of tokens) for (const token of set) keys.push({ kind, token });
  for (const token of words) keys.push({ kind: 'word', token });
  return keys;
}

/** The key that a value of one field gives, as `find` asks it; null where it gives none. */
export function keyOf(kind: KeyKind, value: string, region = 'US'): Key | null {
  const token = tokenOf(kind, value, region);
  return token === '' ? null : { kind, token };
}

function addItems(
  key: KeyField,
  part: string,
  items: readonly Json[],
  region: string,
  tokens: Map<KeyKind, Set<string>>,
  words: Set<string>,
): void {
  const count = Math.min(items.length, key.most ?? mostKeys);
  for (let at = 0; at < count; at++) {
    const item = items[at];
    if (item === null || typeof item !== 'object' || Array.isArray(item)) continue;
    const value = item![part];
    if (typeof value === 'string') addKey(key, value, region, tokens, words);
  }
}

function addKey(key: KeyField, value: string, region: string, tokens: Map<KeyKind, Set<string>>, words: Set<string>): void {
  if (key.kind === 'word') return addWords(words, value);
  if (key.kind === 'phone') {
    const number = readPhone(value, region);
    if (number === null) return put(tokens, 'phone', nationalToken(value));
    put(tokens, 'phone', number.e164);
    if (number.ext !== undefined) put(tokens, 'phone', `${number.e164};ext=${number.ext}`);
    addWord(words, number.e164.slice(1));
    return;
  }
  const token = tokenOf(key.kind, value, region);
  if (token === '') return;
  put(tokens, key.kind, token);
  if (key.kind === 'uid') return; // nobody searches for one
  addWord(words, token);
  if (key.kind === 'number') addWords(words, value);
}

function tokenOf(kind: KeyKind, value: string, region: string): string {
  switch (kind) {
    case 'email':
      return emailToken(value);
    case 'phone':
      return readPhone(value, region)?.e164 ?? '';
    case 'domain':
      return domainToken(value);
    case 'name':
      return nameToken(value);
    case 'uid':
      return uidToken(value);
    default:
      return clean(value).toLowerCase().replace(spaces, '').slice(0, 200);
  }
}

/** What a thing is called everywhere: without the angle brackets of a Message-ID. What is too long for a key goes by its hash. */
function uidToken(text: string): string {
  const uid = clean(text)
    .toLowerCase()
    .replace(/\s+/gu, '')
    .replace(/^<(.*)>$/s, '$1');
  return uid.length <= 200 ? uid : `sha256:${createHash('sha256').update(uid).digest('hex')}`;
}

/**
 * A number that only its own country can read, as `~` and its digits without trunk zeros: no match key by itself, for the digits
 * stand for another number in each country, but found when a call comes from one of those. '' where it is too short for a number.
 */
export function nationalToken(text: string): string {
  const digits = nationalDigits(text);
  return digits === '' ? '' : `~${digits}`;
}

function put(tokens: Map<KeyKind, Set<string>>, kind: KeyKind, token: string): void {
  if (token === '') return;
  const set = tokens.get(kind);
  if (set === undefined) tokens.set(kind, new Set([token]));
  else set.add(token);
}

const spaces = /\s+/gu;
/** Anything beyond printable ASCII: needs Unicode's normal form. */
const beyond = /[^\x20-\x7e]/;
const notWord = /[^\p{L}\p{N}]+/u;
/** The same for printable ASCII in lower case, ten times as fast. */
const notAsciiWord = /[^a-z0-9]+/;
const plainWord = /^[A-Za-z0-9]+$/;
const marks = /\p{M}+/gu;

/** NFKC, well formed, without control characters: what PostgreSQL can keep and people can type. */
function clean(text: string): string {
  return beyond.test(text)
    ? text
        .toWellFormed()
        .normalize('NFKC')
        .replace(/\p{C}+/gu, ' ')
        .trim()
    : text.trim();
}

/** A normalised e-mail address, or ''. */
export function emailToken(value: string): string {
  const address = clean(value).toLowerCase();
  const at = address.lastIndexOf('@');
  if (at < 1 || at === address.length - 1 || address.length > 320 || address.includes(' ')) return '';
  return address;
}

/** Providers at which everybody has an address: their domain says nothing of a company. */
const everybodys = new Set(
  (
    'gmail.com googlemail.com yahoo.com ymail.com hotmail.com outlook.com live.com msn.com aol.com icloud.com me.com mac.com ' +
    'gmx.com gmx.de gmx.net web.de t-online.de mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com qq.com 163.com ' +
    '126.com naver.com hanmail.net orange.fr free.fr wanadoo.fr laposte.net libero.it comcast.net verizon.net att.net btinternet.com ' +
    'zoho.com fastmail.com hey.com'
  ).split(' '),
);

/** The domain of an address or website without `www.`, or ''. Domains of mail providers for everybody give none. */
export function domainToken(value: string): string {
  let domain = clean(value).toLowerCase();
  const at = domain.lastIndexOf('@');
  if (at >= 0) domain = domain.slice(at + 1);
  domain = domain.replace(/^[a-z][a-z0-9+.-]*:\/\//, '').replace(/[/?#:].*$/s, '');
  if (domain.startsWith('www.')) domain = domain.slice(4);
  if (!/^[^\s.@]+(\.[^\s.@]+)+$/.test(domain) || domain.length > 253 || everybodys.has(domain)) return '';
  return domain;
}

/** A name, whatever the order of its words, their case, accents' encoding and punctuation: `Lovelace, Ada` gives `ada lovelace`. */
export function nameToken(value: string): string {
  const parts = tokensOf(clean(value).toLowerCase());
  if (parts.length > 1) parts.sort();
  return parts.join(' ').slice(0, 200).toWellFormed();
}

/** Words of letters and digits; a name of symbols only is one word as it stands. */
function tokensOf(folded: string): string[] {
  const parts = folded.split(beyond.test(folded) ? notWord : notAsciiWord).filter((part) => part !== '');
  return parts.length > 0 || folded === '' ? parts : [folded.replace(spaces, ' ')];
}

/**
 * The words a search asks for, each as the beginning of a word: case-folded, without accents. A whole phone number, an e-mail
 * address or a domain is one word, as in the words of a record.
 */
export function searchWords(text: string, region = 'US'): string[] {
  const number = readPhone(text.trim(), region);
  if (number !== null) return [number.e164.slice(1)];
  const words = new Set<string>();
  for (const part of clean(text).toLowerCase().split(spaces)) {
    if (part.includes('@') || /^[^\s.]+\.[^\s]+$/.test(part)) addWord(words, part);
    else addWords(words, part);
  }
  return [...words];
}

function addWords(words: Set<string>, text: string): void {
  if (words.size >= mostWords) return;
  const head = text.length > 4_000 ? text.slice(0, 4_000) : text;
  if (plainWord.test(head)) return addWord(words, head.toLowerCase());
  const exotic = beyond.test(head);
  const folded = exotic ? clean(head).normalize('NFD').replace(marks, '').toLowerCase() : head.toLowerCase();
  for (const part of folded.split(exotic ? notWord : notAsciiWord)) if (part !== '') addWord(words, part);
}

function addWord(words: Set<string>, word: string): void {
  if (words.size < mostWords) words.add(word.length > longestToken ? word.slice(0, longestToken).toWellFormed() : word);
}
