/**
 * `node-quickbooks` as far as it is used, and what it sends put right before it leaves. The SDK has no timeout and cannot be aborted,
 * follows redirects wherever they lead, adds a parameter the service does not know, asks by entity names in the wrong case, has no
 * request id for batches, reads amounts as doubles, and passes an outage's HTML on as data. All of it goes through one function of
 * axios: there each request of ours is dressed, and the answer is heard before the SDK reads it. Those of others are left alone.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type { JsonObject } from '#kit/json.ts';

export type Done = (error: unknown, body?: unknown) => void;
type Write = (body: JsonObject, done: Done) => void;
type Find = (criteria: string, done: Done) => void;

/** The methods that are used. The SDK's own types declare a constructor that is not there. */
export interface Sdk {
  endpoint: string;
  batch(items: readonly JsonObject[], done: Done): void;
  changeDataCapture(entities: string, since: string, done: Done): void;
  getCompanyInfo(id: string, done: Done): void;
  getPreferences(done: Done): void;
  upload(fileName: string, type: string, content: Buffer, done: Done): void;
  createAttachable: Write;
  sendInvoicePdf(id: string, to: string | Done, done?: Done): void;
  createCustomer: Write;
  createItem: Write;
  createEstimate: Write;
  createInvoice: Write;
  createCreditMemo: Write;
  createPayment: Write;
  findCustomers: Find;
  findItems: Find;
  findEstimates: Find;
  findInvoices: Find;
  findCreditMemos: Find;
  findPayments: Find;
  findTerms: Find;
  findTaxCodes: Find;
  findTaxRates: Find;
  findAccounts: Find;
  findAttachables: Find;
}

/** How a request is to leave. */
export interface Dress {
  signal: AbortSignal;
  requestId?: string;
  /** The entity a query asks for, as the service writes it. */
  entity?: string;
  /** What is uploaded, in place of the SDK's form: that does not say to which document a file belongs. */
  form?: FormData;
}

/** What axios knows of a request, as far as it is changed here. */
interface Request {
  url?: string;
  params?: { [name: string]: unknown };
  headers: { set(name: string, value: string | null): void; delete(name: string): void };
  data?: unknown;
  signal?: AbortSignal;
  maxRedirects?: number;
  proxy?: false;
  responseType?: string;
  transformResponse?: readonly ((text: unknown, headers: Headers, status: number) => unknown)[];
}

interface Headers {
  get(name: string): unknown;
}

/** What was answered, as it stood on the wire. */
export interface Heard {
  status: number;
  text: string;
  header(name: string): string | undefined;
}

interface Axios {
  interceptors: { request: { use(dress: (request: Request) => Request): void } };
}

type Constructor = new (
  key: string,
  secret: string,
  token: string,
  tokenSecret: false,
  realm: string,
  sandbox: boolean,
  debug: boolean,
  minorVersion: number,
  oauth: '2.0',
) => Sdk;

/** What goes along with a request on its way through the SDK. */
interface Company extends Dress {
  /** The only place it may go to. */
  origin: string;
  heard?: Heard;
}

const companies = new AsyncLocalStorage<Company>();

let loaded: Constructor | undefined;

/** The SDK, loaded when it is first needed. */
function load(): Constructor {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  const made = require('node-quickbooks') as Constructor;
  const axios = createRequire(require.resolve('node-quickbooks'))('axios') as Axios;
  axios.interceptors.request.use((request) => {
    const company = companies.getStore();
    return company === undefined ? request : dressed(request, company);
  });
  loaded = made;
  return made;
}

/** "1 to 74 were switched off on 1 August 2025" (minor-versions): anything lower is served as this. */
const MINOR_VERSION = 75;

/** Asks by the SDK; gives what was answered, whatever its status. Rejects where no whole answer came. */
export function askSdk(
  { base, realm, token }: { base: string; realm: string; token: string },
  dress: Dress,
  send: (sdk: Sdk, done: Done) => void,
): Promise<Heard> {
  const sdk = new (load())('', '', token, false, realm, false, false, MINOR_VERSION, '2.0');
  const at = new URL(base);
  sdk.endpoint = `${at.href.replace(/\/+$/, '')}/v3/company/`;
  const company: Company = { ...dress, origin: at.origin };
  return companies.run(company, () => {
    return new Promise((resolve, reject) => {
      // Whatever the SDK makes of the answer, or fails to.
      send(sdk, (error) => {
        if (company.heard !== undefined) resolve(company.heard);
        else reject(error);
      });
    });
  });
}

function dressed(request: Request, company: Company): Request {
  const { signal, origin, requestId, entity, form } = company;
  const { url = '' } = request;
  if (new URL(url).origin !== origin)
    throw new Error(`a request to ${new URL(url).origin} was about to leave; allowed is ${origin}`);
  if (entity !== undefined) request.url = url.replace(/(select \* from )\w+/, `$1${entity}`);
  const { format: _, ...params } = request.params ?? {};
  request.params = { ...params, ...(requestId !== undefined && { requestid: requestId }) };
  request.signal = signal;
  request.maxRedirects = 0;
  request.proxy = false;
  request.responseType = 'text';
  request.transformResponse = [(text, headers, status) => hear(company, text, headers, status)];
  request.headers.set('accept', 'application/json');
  if (form !== undefined) {
    request.data = form;
    request.headers.delete('content-type');
  } else if (/\/send$/.test(url.split('?', 1)[0]!)) request.headers.set('content-type', 'application/octet-stream');
  return request;
}

/** The SDK gets an answer that says nothing: it would stumble over one that is not as it expects. */
function hear(company: Company, text: unknown, headers: Headers, status: number): object {
  if (typeof text === 'string') {
    const header = (name: string) => {
      const value = headers.get(name);
      return typeof value === 'string' ? value : undefined;
    };
    company.heard = { status, text, header };
  }
  return { QueryResponse: {} };
}
