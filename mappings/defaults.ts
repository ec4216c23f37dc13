/** The mappings a new connection begins with, by stream: the registry, a literal. */
import type { Mapping } from './format.ts';
import { contacts as gsuiteContacts } from './gsuite.ts';
import * as paypal from './paypal.ts';
import * as ringcentral from './ringcentral.ts';

export const defaults: { readonly [stream: string]: Mapping } = {
  'gsuite.contacts': gsuiteContacts,
  'paypal.transactions': paypal.transactions,
  'paypal.invoices': paypal.invoices,
  'paypal.products': paypal.products,
  'paypal.disputes': paypal.disputes,
  'ringcentral.calls': ringcentral.calls,
  'ringcentral.messages': ringcentral.messages,
  'ringcentral.contacts': ringcentral.contacts,
  'ringcentral.extensions': ringcentral.extensions,
};

/** The default mapping of a stream; undefined where there is none. */
export function defaultMapping(stream: string): Mapping | undefined {
  return Object.hasOwn(defaults, stream) ? defaults[stream] : undefined;
}
