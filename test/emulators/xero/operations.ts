import type { Answer } from '../kit/server.ts';
import { attachFile } from './attachments.ts';
import { writeContact } from './contacts.ts';
import type { Operation, Visit } from './desk.ts';
import { CREDIT_NOTE, INVOICE, type Sort, writeDocument } from './documents.ts';
import { invalid, missing, refuse } from './errors.ts';
import { writeItem } from './items.ts';
import { ID, type Kind, type Organisation } from './ledger.ts';
import { type Listing, list, trackingCategories } from './listing.ts';
import { allocate, deletePayment, unallocate, writePayment } from './payments.ts';
import { allocation, present } from './present.ts';
import { writeQuote } from './quotes.ts';
import { money } from './reckoning.ts';
import { RowError, writeRows } from './rows.ts';
import { answer, type Body, bodies, msDate, rowsOf, said } from './wire.ts';

const decimalsOf = ({ call }: Visit): 2 | 4 => (call.query.get('unitdp') === '4' ? 4 : 2);

/** An answer's frame. */
function enveloped({ ledger, call }: Visit, name: string, rows: Body[], more: Body = {}): Answer {
  return answer({
    Id: crypto.randomUUID(),
    Status: 'OK',
    ProviderName: 'Switchboard',
    DateTimeUTC: msDate(ledger.clock.now()).replace('+0000', ''),
    ...(call.method !== 'GET' && { SummarizeErrors: call.query.get('summarizeErrors') !== 'false' }),
    ...more,
    [name]: rows,
  });
}

function listed(listing: Listing) {
  return (visit: Visit): Answer => {
    const { rows, pagination } = list(visit.ledger, visit.organisation, listing, visit.call);
    return enveloped(visit, listing.kind, rows, pagination === undefined ? {} : { pagination });
  };
}

function found({ ledger, organisation, call }: Visit, kind: Kind): Body {
  const [id = ''] = call.params;
  const object =
    ledger.get(organisation, kind, id) ??
    ledger.among(organisation, kind, 'number', id)[0] ??
    ledger.among(organisation, kind, 'code', id)[0];
  if (object === undefined) throw missing();
  return object;
}

function one(kind: Kind) {
  return (visit: Visit): Answer => {
    const object = found(visit, kind);
    return enveloped(visit, kind, [
      present(visit.ledger, visit.organisation, kind, object, { full: true, decimals: decimalsOf(visit) }),
    ]);
  };
}

type Write = (visit: Visit, row: Body, create: boolean) => Body;

/** PUT creates, POST creates or updates; with an id in the path the row is that one's. */
function written(kind: Kind, write: Write) {
  return (visit: Visit): Answer => {
    const { ledger, organisation, call } = visit;
    const [id] = call.params;
    if (id !== undefined) found(visit, kind);
    const rows = rowsOf(call, kind).map((row) => (id === undefined ? row : { ...row, [ID[kind]]: id }));
    const shown = writeRows(
      call,
      rows,
      (row) => {
        const object = write(visit, row, call.method === 'PUT');
        return present(ledger, organisation, kind, object, { full: true, decimals: decimalsOf(visit) });
      },
      (work) => ledger.together(organisation, work),
    );
    return enveloped(visit, kind, shown);
  };
}

const contact: Write = ({ ledger, organisation }, row, create) => writeContact(ledger, organisation, row, create);
const item: Write = (visit, row, create) =>
  writeItem(visit.ledger, visit.organisation, row, create, (price) => money(price, decimalsOf(visit)));
const document =
  (sort: Sort): Write =>
  (visit, row, create) => {
    const before = create ? new Set<string>() : undefined;
    const kept = writeDocument(visit.ledger, visit.organisation, sort, before ? unnamed(row, sort) : row, {
      create,
      decimals: decimalsOf(visit),
    });
    if (kept.Status === 'AUTHORISED') known(visit, kept);
    return kept;
  };
const quote: Write = ({ ledger, organisation }, row, create) =>
  writeQuote(ledger, organisation, create ? { ...row, QuoteID: null } : row, create);
const payment: Write = ({ ledger, organisation }, row) => writePayment(ledger, organisation, row);

/** A PUT names nothing that is there. */
function unnamed(row: Body, sort: Sort): Body {
  if (said(row[sort.id]) !== undefined) throw new RowError(`${sort.id} must not be given to create`);
  return row;
}

/** A contact becomes a customer by its invoices, and a supplier by its bills. */
function known({ ledger, organisation }: Visit, { Type, Contact }: Body): void {
  const held = ledger.get(organisation, 'Contacts', String((Contact as Body).ContactID));
  const member = String(Type).startsWith('ACCREC') ? 'IsCustomer' : 'IsSupplier';
  if (held !== undefined && held[member] !== true) {
    ledger.put(organisation, 'Contacts', { ...held, [member]: true }, Number(held.UpdatedDateUTC));
  }
}

function email(visit: Visit): Answer {
  const invoice = found(visit, 'Invoices');
  const wrong = (message: string) => invalid([{ InvoiceID: invoice.InvoiceID!, ValidationErrors: [{ Message: message }] }]);
  if (!['SUBMITTED', 'AUTHORISED', 'PAID'].includes(String(invoice.Status)) || invoice.Type !== 'ACCREC') {
    throw wrong('Invoice status is not valid for sending');
  }
  const held = visit.ledger.get(visit.organisation, 'Contacts', String((invoice.Contact as Body).ContactID));
  if (said(held?.EmailAddress) === undefined) throw wrong('The contact has no email address');
  visit.mail({ invoice: String(invoice.InvoiceID), to: String(held!.EmailAddress) });
  visit.ledger.put(visit.organisation, 'Invoices', { ...invoice, SentToContact: true });
  return { status: 204, body: '' };
}

function online(visit: Visit): Answer {
  const invoice = found(visit, 'Invoices');
  if (!['AUTHORISED', 'PAID'].includes(String(invoice.Status))) throw missing();
  return enveloped(visit, 'OnlineInvoices', [
    { OnlineInvoiceUrl: `https://in.xero.com/${String(invoice.InvoiceID).replaceAll('-', '')}` },
  ]);
}

function allocated(visit: Visit): Answer {
  const { ledger, organisation, call } = visit;
  const note = found(visit, 'CreditNotes');
  const rows = writeRows(
    call,
    rowsOf(call, 'Allocations'),
    (row) =>
      allocation(
        ledger,
        organisation,
        allocate(ledger, organisation, ledger.get(organisation, 'CreditNotes', String(note.CreditNoteID))!, row),
      ),
    (work) => ledger.together(organisation, work),
  );
  return enveloped(visit, 'Allocations', rows);
}

function unallocated(visit: Visit): Answer {
  const note = found(visit, 'CreditNotes');
  const gone = unallocate(visit.ledger, visit.organisation, note, visit.call.params[1] ?? '');
  if (gone === undefined) throw missing();
  return answer({ AllocationId: gone.AllocationID!, IsDeleted: true });
}

function deletedPayment(visit: Visit): Answer {
  const payment = found(visit, 'Payments');
  const [row] = rowsOf(visit.call, 'Payments');
  if (row?.Status !== 'DELETED') throw refuse(400, 10, 'ValidationException', 'Payments cannot be changed, only deleted');
  try {
    deletePayment(visit.ledger, visit.organisation, String(payment.PaymentID));
  } catch (error) {
    if (!(error instanceof RowError)) throw error;
    throw invalid([{ ValidationErrors: error.messages.map((Message) => ({ Message })) }]);
  }
  return one('Payments')(visit);
}

function deletedItem(visit: Visit): Answer {
  visit.ledger.drop(visit.organisation, 'Items', String(found(visit, 'Items').ItemID));
  return { status: 204, body: '' };
}

function organisations(visit: Visit): Answer {
  return enveloped(visit, 'Organisations', [organisationOf(visit.organisation)]);
}

export function organisationOf({ id, name, base, country, lockDate, shortCode }: Organisation): Body {
  return {
    OrganisationID: id,
    Name: name,
    LegalName: name,
    PaysTax: true,
    Version: country === 'GB' ? 'UK' : country,
    OrganisationType: 'COMPANY',
    BaseCurrency: base,
    CountryCode: country,
    IsDemoCompany: true,
    OrganisationStatus: 'ACTIVE',
    FinancialYearEndDay: 31,
    FinancialYearEndMonth: 3,
    SalesTaxBasis: 'ACCRUALS',
    ...(lockDate !== undefined && { PeriodLockDate: msDate(lockDate) }),
    CreatedDateUTC: '/Date(1584566350680)/',
    OrganisationEntityType: 'COMPANY',
    Timezone: 'GMTSTANDARDTIME',
    ShortCode: shortCode,
    Edition: 'BUSINESS',
    Class: 'DEMO',
    Addresses: [],
    Phones: [],
    ExternalLinks: [],
    PaymentTerms: {},
  };
}

const GUID = '([0-9a-fA-F-]{36})';
type Row = readonly [name: string, method: string, path: string, scope: string, handle: Operation['handle']];

const LISTS: { readonly [kind: string]: Listing } = {
  Invoices: {
    kind: 'Invoices',
    page: 100,
    most: 1_000,
    ids: { IDs: 'InvoiceID', InvoiceNumbers: 'InvoiceNumber', ContactIDs: 'Contact.ContactID', Statuses: 'Status' },
  },
  Contacts: { kind: 'Contacts', page: 100, most: 1_000, ids: { IDs: 'ContactID' } },
  Quotes: { kind: 'Quotes', page: 100, ids: { ContactID: 'Contact.ContactID', Status: 'Status', QuoteNumber: 'QuoteNumber' } },
  CreditNotes: { kind: 'CreditNotes', page: 100, most: 1_000 },
  Payments: { kind: 'Payments', page: 100, most: 1_000 },
};

function attached(plural: Kind) {
  return (visit: Visit): Answer => {
    const [id = '', name = ''] = visit.call.params;
    found(visit, plural);
    return enveloped(visit, 'Attachments', [attachFile(visit.organisation, plural, id.toLowerCase(), name, visit.call)]);
  };
}

function files(plural: Kind) {
  return (visit: Visit): Answer => {
    found(visit, plural);
    return enveloped(visit, 'Attachments', visit.organisation.files.get(visit.call.params[0]!.toLowerCase()) ?? []);
  };
}

/** Of each kind: put, put anew under the same name, listed. */
function attachments(plural: Kind, singular: string): Row[] {
  const path = `/${plural}/${GUID}/Attachments`;
  return [
    [`create${singular}AttachmentByFileName`, 'PUT', `${path}/([^/]+)`, 'attachments', attached(plural)],
    [`update${singular}AttachmentByFileName`, 'POST', `${path}/([^/]+)`, 'attachments', attached(plural)],
    [`get${singular}Attachments`, 'GET', path, 'attachments', files(plural)],
  ];
}

function documents(plural: string, singular: string, kind: Kind, scope: string, write: Write): Row[] {
  return [
    [`get${plural}`, 'GET', `/${plural}`, scope, listed(LISTS[kind]!)],
    [`create${plural}`, 'PUT', `/${plural}`, scope, written(kind, write)],
    [`updateOrCreate${plural}`, 'POST', `/${plural}`, scope, written(kind, write)],
    [`get${singular}`, 'GET', `/${plural}/([^/]+)`, scope, one(kind)],
    [`update${singular}`, 'POST', `/${plural}/${GUID}`, scope, written(kind, write)],
  ];
}

const ROWS: readonly Row[] = [
  ...attachments('Invoices', 'Invoice'),
  ...attachments('CreditNotes', 'CreditNote'),
  ...attachments('Quotes', 'Quote'),
  ...attachments('Contacts', 'Contact'),
  ...documents('Contacts', 'Contact', 'Contacts', 'contacts', contact),
  ...documents('Invoices', 'Invoice', 'Invoices', 'invoices', document(INVOICE)),
  ['emailInvoice', 'POST', `/Invoices/${GUID}/Email`, 'invoices', email],
  ['getOnlineInvoice', 'GET', `/Invoices/${GUID}/OnlineInvoice`, 'invoices', online],
  ...documents('CreditNotes', 'CreditNote', 'CreditNotes', 'invoices', document(CREDIT_NOTE)),
  ['createCreditNoteAllocation', 'PUT', `/CreditNotes/${GUID}/Allocations`, 'invoices', allocated],
  ['deleteCreditNoteAllocations', 'DELETE', `/CreditNotes/${GUID}/Allocations/${GUID}`, 'invoices', unallocated],
  ...documents('Quotes', 'Quote', 'Quotes', 'invoices', quote),
  ['getItems', 'GET', '/Items', 'invoices', listed({ kind: 'Items' })],
  ['createItems', 'PUT', '/Items', 'invoices', written('Items', item)],
  ['updateOrCreateItems', 'POST', '/Items', 'invoices', written('Items', item)],
  ['getItem', 'GET', '/Items/([^/]+)', 'invoices', one('Items')],
  ['updateItem', 'POST', `/Items/${GUID}`, 'invoices', written('Items', item)],
  ['deleteItem', 'DELETE', `/Items/${GUID}`, 'invoices', deletedItem],
  ['getPayments', 'GET', '/Payments', 'payments', listed(LISTS.Payments!)],
  ['createPayments', 'PUT', '/Payments', 'payments', written('Payments', payment)],
  ['getPayment', 'GET', `/Payments/${GUID}`, 'payments', one('Payments')],
  ['deletePayment', 'POST', `/Payments/${GUID}`, 'payments', deletedPayment],
  ['getAccounts', 'GET', '/Accounts', 'settings', listed({ kind: 'Accounts' })],
  ['getAccount', 'GET', `/Accounts/${GUID}`, 'settings', one('Accounts')],
  ['getTaxRates', 'GET', '/TaxRates', 'settings', listed({ kind: 'TaxRates' })],
  ['getTaxRateByTaxType', 'GET', '/TaxRates/([^/]+)', 'settings', one('TaxRates')],
  ['getOrganisations', 'GET', '/Organisation', 'settings', organisations],
  [
    'getTrackingCategories',
    'GET',
    '/TrackingCategories',
    'settings',
    (visit) => enveloped(visit, 'TrackingCategories', bodies(trackingCategories(visit.organisation))),
  ],
];

/** Operations of the API, named as in its own description. */
export const operations: readonly Operation[] = ROWS.map(([name, method, path, scope, handle]) => ({
  name,
  method,
  path: new RegExp(`^/api\\.xro/2\\.0${path}$`),
  scope: `accounting.${scope}`,
  handle,
}));
