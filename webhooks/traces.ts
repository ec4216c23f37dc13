/** What is kept of a request's head: without what proves it, for the proof of one is the proof of all. */
import type { Delivery } from '#kit/webhook.ts';

const BLOT = '[secret]';
/** Of the connection and not of the delivery; or somebody's own secrets. */
const LEFT_OUT = new Set([
  ...['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'accept', 'accept-encoding', 'te', 'via'],
  ...['authorization', 'proxy-authorization', 'cookie'],
]);

export function withoutSecrets(delivery: Delivery, secrets: readonly string[]): Delivery {
  const headers: { [name: string]: string } = {};
  for (const name in delivery.headers) {
    if (!LEFT_OUT.has(name)) headers[name] = blotted(delivery.headers[name]!, secrets);
  }
  return { ...delivery, headers, query: blotted(delivery.query, secrets) };
}

/** A text with the secrets blotted out, wherever in it they are. */
export function blotted(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) if (secret !== '' && clean.includes(secret)) clean = clean.replaceAll(secret, BLOT);
  return clean;
}
