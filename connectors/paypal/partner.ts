/** Acting for a seller who allowed it: the app's own token, and with it an unsigned JWT that names both (developer.paypal.com/api/rest/requests). */
import type { Context } from '#kit/context.ts';
import { textOf } from '#kit/json.ts';

/** Headers that say for whom a call is; none where the app's own account is meant. */
export function onBehalf({ clientId, settings }: Pick<Context, 'clientId' | 'settings'>): { [name: string]: string } {
  const [seller, partner] = [textOf(settings.seller), textOf(settings.partner)];
  return {
    ...(seller !== undefined && { 'PayPal-Auth-Assertion': assertionOf(clientId, seller) }),
    ...(partner !== undefined && { 'PayPal-Partner-Attribution-Id': partner }),
  };
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

/** No signature follows the second dot. */
export function assertionOf(clientId: string, seller: string): string {
  return `${encoded({ alg: 'none' })}.${encoded({ iss: clientId, payer_id: seller })}.`;
}
