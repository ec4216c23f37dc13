/** The paths of the API, and what each does. */
import type { Json } from '#kit/fields.ts';
import type { Answer, Call } from '../kit/server.ts';
import { batch } from './batch.ts';
import { type Books, ENTITIES, type Entity } from './company.ts';
import { BusinessFault, badQuery, notFound, unsupported } from './faults.ts';
import { changes, query, read, shown } from './reads.ts';
import { answerOf, rootTime, type Thing, thing, things } from './thing.ts';
import { upload, withLink } from './uploads.ts';
import { remove, send, voidIt, write } from './writes.ts';

/** A request that was let in, at the company of its path. */
export interface Visit {
  books: Books;
  call: Call;
  /** What the path says after the company. */
  params: readonly string[];
  contents: Map<string, Buffer>;
  origin: string;
}

export interface Operation {
  /** What faults and counters call it. */
  name: string;
  method: 'GET' | 'POST';
  /** Below the company. */
  path: RegExp;
  handle(visit: Visit): Answer;
}

const PLURAL: ReadonlySet<Entity> = new Set(['Invoice', 'Estimate', 'CreditMemo', 'Payment']);

export const operations: readonly Operation[] = [
  {
    name: 'query',
    method: 'GET',
    path: /query/,
    handle: (visit) => answered(visit, { QueryResponse: asked(visit, visit.call.query.get('query') ?? '') }),
  },
  {
    name: 'query',
    method: 'POST',
    path: /query/,
    handle: (visit) => answered(visit, { QueryResponse: asked(visit, visit.call.body.toString()) }),
  },
  { name: 'cdc', method: 'GET', path: /cdc/, handle: cdc },
  { name: 'batch', method: 'POST', path: /batch/, handle: batched },
  { name: 'upload', method: 'POST', path: /upload/, handle: uploaded },
  { name: 'download', method: 'GET', path: /download\/(\d+)/, handle: download },
  {
    name: 'companyinfo',
    method: 'GET',
    path: /companyinfo\/(\d+)/,
    handle: (visit) => answered(visit, { CompanyInfo: companyInfo(visit.books) }),
  },
  {
    name: 'preferences',
    method: 'GET',
    path: /preferences/,
    handle: (visit) => answered(visit, { Preferences: preferences(visit.books) }),
  },
  ...ENTITIES.flatMap(ofEntity),
];

function ofEntity(entity: Entity): Operation[] {
  const path = entity.toLowerCase();
  const rows: Operation[] = [
    {
      name: `${path}.read`,
      method: 'GET',
      path: new RegExp(`${path}/([^/]+)`),
      handle: (visit) => one(visit, entity, read(visit.books, entity, visit.params[0]!)),
    },
    { name: `${path}.write`, method: 'POST', path: new RegExp(path), handle: (visit) => written(visit, entity) },
  ];
  if (!PLURAL.has(entity)) return rows;
  return [
    ...rows,
    {
      name: `${path}.send`,
      method: 'POST',
      path: new RegExp(`${path}/([^/]+)/send`),
      handle: (visit) => one(visit, entity, send(visit.books, entity, visit.params[0]!, visit.call.query.get('sendTo'))),
    },
    { name: `${path}.pdf`, method: 'GET', path: new RegExp(`${path}/([^/]+)/pdf`), handle: (visit) => pdf(visit, entity) },
  ];
}

function answered({ books }: Visit, body: Thing): Answer {
  return answerOf({ ...body, time: rootTime(books.now()) }, 200, {
    'qbo-version': '1985.100',
    'cache-control': 'max-age=0, no-cache, no-store, must-revalidate, private',
  });
}

function one(visit: Visit, entity: Entity, kept: Thing): Answer {
  const [now] = shown(visit.books, entity, [kept]);
  return answered(visit, { [entity]: entity === 'Attachable' ? withLink(now!, visit.origin, visit.books.now()) : now! });
}

function asked({ books, origin }: Visit, source: string): Thing {
  if (source.trim() === '') throw badQuery('no query');
  const told = query(books, source);
  if (told.Attachable === undefined) return told;
  return { ...told, Attachable: things(told.Attachable).map((one) => withLink(one, origin, books.now())) };
}

function cdc(visit: Visit): Answer {
  const { query } = visit.call;
  return answered(visit, { CDCResponse: changes(visit.books, query.get('entities') ?? '', query.get('changedSince') ?? '') });
}

/** A request that bears an id it bore before gets the answer it got before. */
function once(visit: Visit, carryOut: () => Answer): Answer {
  const id = visit.call.query.get('requestid');
  if (id === null || id === '') return carryOut();
  if (id.length > 50) throw new BusinessFault('2050', 'String length', 'requestid has at most 50 characters');
  const before = visit.books.answers.get(id);
  if (before !== undefined) return { ...answered(visit, {}), body: before };
  const answer = carryOut();
  visit.books.answers.set(id, String(answer.body));
  return answer;
}

function written(visit: Visit, entity: Entity): Answer {
  const { books, call } = visit;
  const include = (call.query.get('include') ?? '').split(',').filter(Boolean);
  return once(visit, () => {
    const body = jsonOf(call);
    switch (call.query.get('operation') ?? 'update') {
      case 'delete':
        return answered(visit, { [entity]: remove(books, entity, body) });
      case 'void':
        return one(visit, entity, voidIt(books, entity, body));
      case 'update':
        return one(visit, entity, write(books, entity, body, include));
      default:
        throw new BusinessFault('500', 'Unsupported Operation', `Operation ${call.query.get('operation')} is not supported.`);
    }
  });
}

function batched(visit: Visit): Answer {
  return once(visit, () =>
    answered(visit, { BatchItemResponse: batch(visit.books, jsonOf(visit.call), visit.call.query.get('requestid')) }),
  );
}

function uploaded(visit: Visit): Answer {
  return once(visit, () => {
    const done = upload(visit.books, visit.call, visit.contents);
    const told = done.map((one) =>
      one.Attachable === undefined ? one : { Attachable: withLink(thing(one.Attachable), visit.origin, visit.books.now()) },
    );
    return answered(visit, { AttachableResponse: told });
  });
}

function download({ books, params, origin }: Visit): Answer {
  const found = books.find('Attachable', params[0]!);
  if (found === undefined) throw notFound();
  return {
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: String(withLink(found, origin, books.now()).TempDownloadUri),
  };
}

function pdf({ books, params }: Visit, entity: Entity): Answer {
  const found = read(books, entity, params[0]!);
  return {
    status: 200,
    headers: { 'content-type': 'application/pdf' },
    body: `%PDF-1.4\n% ${entity} ${found.DocNumber ?? ''} ${found.TotalAmt}\n%%EOF\n`,
  };
}

function jsonOf({ body, headers }: Call): Thing {
  if (!/json/.test(String(headers['content-type'] ?? ''))) {
    throw new BusinessFault('2010', 'Request has invalid or unsupported property', 'Content-Type must be application/json');
  }
  let parsed: Json;
  try {
    parsed = JSON.parse(body.toString());
  } catch {
    throw unsupported('body', 'JSON');
  }
  return thing(parsed);
}

function companyInfo({ character: { name, country } }: Books): Thing {
  return {
    CompanyName: name,
    LegalName: name,
    CompanyAddr: { Id: '1', Line1: '123 Sierra Way', City: 'San Pablo', CountrySubDivisionCode: 'CA', PostalCode: '87999' },
    Email: { Address: 'books@example.com' },
    Country: country,
    DefaultTimeZone: 'America/Los_Angeles',
    FiscalYearStartMonth: 'January',
    SupportedLanguages: 'en',
    NameValue: [{ Name: 'NeoEnabled', Value: 'true' }],
    domain: 'QBO',
    sparse: false,
    Id: '1',
    SyncToken: '4',
    MetaData: { CreateTime: '2020-01-06T09:00:00-08:00', LastUpdatedTime: '2025-11-03T09:00:00-08:00' },
  };
}

function preferences({ character }: Books): Thing {
  const { currency, multicurrency, taxes, customNumbers, closedUntil } = character;
  return {
    AccountingInfoPrefs: {
      FirstMonthOfFiscalYear: 'January',
      TrackDepartments: false,
      ClassTrackingPerTxn: false,
      ...(closedUntil !== undefined && { BookCloseDate: closedUntil }),
    },
    SalesFormsPrefs: { CustomTxnNumbers: customNumbers, AllowDeposit: false, AllowDiscount: true, AllowShipping: false },
    TaxPrefs: { UsingSalesTax: true, PartnerTaxEnabled: false, ...(taxes === 'us' && { TaxGroupCodeRef: { value: '2' } }) },
    CurrencyPrefs: { MultiCurrencyEnabled: multicurrency, HomeCurrency: { value: currency } },
    domain: 'QBO',
    sparse: false,
    Id: '1',
    SyncToken: '9',
    MetaData: { CreateTime: '2020-01-06T09:00:00-08:00', LastUpdatedTime: '2025-11-03T09:00:00-08:00' },
  };
}
