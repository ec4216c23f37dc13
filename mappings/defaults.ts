/** The mappings a new connection begins with, by stream: the registry, a literal. */
import type { Mapping } from './format.ts';
import * as gsuite from './gsuite.ts';
import * as office365 from './office365.ts';
import * as paypal from './paypal.ts';
import * as quickbooks from './quickbooks.ts';
import * as ringcentral from './ringcentral.ts';
import * as xero from './xero.ts';

export const defaults: { readonly [stream: string]: Mapping } = {
  'gsuite.contacts': gsuite.contacts,
  'gsuite.events': gsuite.events,
  'gsuite.tasks': gsuite.tasks,
  'gsuite.files': gsuite.files,
  'gsuite.users': gsuite.users,
  'office365.contacts': office365.contacts,
  'office365.events': office365.events,
  'office365.tasks': office365.tasks,
  'office365.users': office365.users,
  'paypal.transactions': paypal.transactions,
  'paypal.invoices': paypal.invoices,
  'paypal.products': paypal.products,
  'paypal.disputes': paypal.disputes,
  'quickbooks.terms': quickbooks.terms,
  'quickbooks.taxCodes': quickbooks.taxCodes,
  'quickbooks.customers': quickbooks.customers,
  'quickbooks.items': quickbooks.items,
  'quickbooks.estimates': quickbooks.estimates,
  'quickbooks.invoices': quickbooks.invoices,
  'quickbooks.creditMemos': quickbooks.creditMemos,
  'quickbooks.payments': quickbooks.payments,
  'ringcentral.calls': ringcentral.calls,
  'ringcentral.messages': ringcentral.messages,
  'ringcentral.contacts': ringcentral.contacts,
  'ringcentral.extensions': ringcentral.extensions,
  'xero.contacts': xero.contacts,
  'xero.items': xero.items,
  'xero.taxRates': xero.taxRates,
  'xero.quotes': xero.quotes,
  'xero.invoices': xero.invoices,
  'xero.creditNotes': xero.creditNotes,
  'xero.payments': xero.payments,
};

/** The default mapping of a stream; undefined where there is none. */
export function defaultMapping(stream: string): Mapping | undefined {
  return Object.hasOwn(defaults, stream) ? defaults[stream] : undefined;
}
