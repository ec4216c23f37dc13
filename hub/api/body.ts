/** The body of a request: limited, of the right type, UTF-8, and JSON. */
import type { IncomingHttpHeaders } from 'node:http';
import { BadRequest } from './problems.ts';

/** Default of the largest body, in bytes. */
export const BODY_LIMIT = 1024 * 1024;

/** What comes in is walked by functions that call themselves. */
const MOST_DEEP = 64;

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json$/;

/** Refuses a body that does not say it is JSON in UTF-8, before it is read. */
export function expectJson(headers: IncomingHttpHeaders): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const charset = parameters
    .find((parameter) => parameter.startsWith('charset='))
    ?.slice(8)
    .replaceAll('"', '');
  if (!JSON_TYPE.test(type) || (charset !== undefined && charset !== 'utf-8')) {
    const found = headers['content-type'] ?? 'none';
    throw new BadRequest(415, `The body's Content-Type is ${found}.`, 'Send JSON in UTF-8, with Content-Type: application/json.');
  }
}

/** The JSON of raw bytes. Throws 400 with the place where it stops being JSON. */
export function parseJson(raw: Uint8Array): unknown {
  if (raw.length === 0) throw new BadRequest(400, 'The body is empty; JSON is expected.', 'Send a JSON body.');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(raw);
  } catch {
    throw new BadRequest(400, 'The body is not UTF-8.', 'Send JSON in UTF-8.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const where = error instanceof SyntaxError ? error.message : String(error);
    throw new BadRequest(400, `The body is not JSON: ${where}.`, 'Correct the place named.');
  }
  if (isDeeper(value, MOST_DEEP))
    throw new BadRequest(400, `The body is nested more than ${MOST_DEEP} deep.`, 'Nothing the API takes is so deep.');
  return value;
}

function isDeeper(value: unknown, most: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return most === 0 || Object.values(value).some((inner) => isDeeper(inner, most - 1));
}
