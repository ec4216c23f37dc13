/**
 * `node-quickbooks` as far as it is used, and what it sends put right before it leaves. The SDK has no timeout and cannot be aborted,
 * follows redirects wherever they lead, adds a parameter the service does not know, asks by entity names in the wrong case, has no
 * request id for batches, reads amounts as doubles and hides an answer it cannot parse. All of it goes through one function of
 * axios, and there each request of ours is dressed; those of others are left alone.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type { Json } from '#kit/fields.ts';
import { isObject, type JsonObject } from '#kit/json.ts';

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
}

/** How a request is to leave. */
export interface Dress {
  signal: AbortSignal;
  /** The only place it may go to. */
  origin: string;
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
  transformResponse?: readonly ((text: unknown) => unknown)[];
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

const dresses = new AsyncLocalStorage<Dress>();

let loaded: Constructor | undefined;

/** The SDK, loaded when it is first needed. */
function load(): Constructor {
  if (loaded !== undefined) return loaded;
  const require = createRequire(import.meta.url);
  const made = require('node-quickbooks') as Constructor;
  const axios = createRequire(require.resolve('node-quickbooks'))('axios') as Axios;
  axios.interceptors.request.use((request) => {
    const dress = dresses.getStore();
    return dress === undefined ? request : dressed(request, dress);
  });
  loaded = made;
  return made;
}

/** "1 to 74 were switched off on 1 August 2025" (minor-versions): anything lower is served as this. */
const MINOR_VERSION = 75;

/** Asks by the SDK; gives what was answered as text. Rejects with whatever the SDK passes on. */
export function askSdk(
  { base, realm, token }: { base: string; realm: string; token: string },
  dress: Omit<Dress, 'origin'>,
  send: (sdk: Sdk, done: Done) => void,
): Promise<string> {
  const sdk = new (load())('', '', token, false, realm, false, false, MINOR_VERSION, '2.0');
  const at = new URL(base);
  sdk.endpoint = `${at.href.replace(/\/+$/, '')}/v3/company/`;
  return dresses.run({ ...dress, origin: at.origin }, () => {
    return new Promise((resolve, reject) => {
      send(sdk, (error, body) => {
        if (error !== null && error !== undefined) reject(error);
        else resolve(typeof body === 'string' ? body : '');
      });
    });
  });
}

function dressed(request: Request, { signal, origin, requestId, entity, form }: Dress): Request {
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
  request.transformResponse = [(text) => text];
  request.headers.set('accept', 'application/json');
  if (form !== undefined) {
    request.data = form;
    request.headers.delete('content-type');
  } else if (/\/send$/.test(url.split('?', 1)[0]!)) request.headers.set('content-type', 'application/octet-stream');
  return request;
}

/** The answer behind what axios throws; undefined where none came. */
export function answerBehind(
  error: unknown,
): { status: number; text: string; header(name: string): string | undefined } | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined;
  const { response } = error;
  if (typeof response !== 'object' || response === null || !('status' in response)) return undefined;
  const { status, data, headers } = response as { status: number; data?: unknown; headers?: { [name: string]: Json } };
  return {
    status,
    text: typeof data === 'string' ? data : '',
    header: (name) => (isObject(headers) && headers[name] !== undefined ? String(headers[name]) : undefined),
  };
}
