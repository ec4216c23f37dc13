import type { Answer } from '../kit/server.ts';
import { answerOf, type Thing } from './thing.ts';

/** A refusal by the business behind the API, thrown by what carries a request out: 400, or an item of a batch. */
export class BusinessFault extends Error {
  readonly code: string;
  readonly title: string;
  readonly element: string | undefined;
  constructor(code: string, title: string, detail: string, element?: string) {
    super(detail);
    this.name = 'BusinessFault';
    this.code = code;
    this.title = title;
    this.element = element;
  }

  /** The `Fault` of an answer, or of an item of a batch. */
  fault(): Thing {
    const { title: Message, message: Detail, code, element } = this;
    return { Error: [{ Message, Detail, code, ...(element !== undefined && { element }) }], type: 'ValidationFault' };
  }
}

/** A refusal by the gateway in front: its members begin with small letters. */
export class GatewayFault extends Error {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly said: string;
  constructor(status: number, code: string, type: string, said: string, detail: string) {
    super(detail);
    this.name = 'GatewayFault';
    this.status = status;
    this.code = code;
    this.type = type;
    this.said = said;
  }

  answer(now: number): Answer {
    const { status, code, type, said, message } = this;
    const headers: { [name: string]: string } =
      status === 401 ? { 'www-authenticate': 'Bearer realm="Intuit", error="invalid_token"' } : {};
    const body = {
      warnings: null,
      intuitObject: null,
      fault: { error: [{ message: said, detail: message, code, element: null }], type },
      report: null,
      queryResponse: null,
      batchItemResponse: [],
      attachableResponse: [],
      syncErrorResponse: null,
      requestId: null,
      time: now,
      status: null,
      cdcresponse: [],
    };
    return answerOf(body, status, headers);
  }
}

export const notFound = (what = 'Object Not Found') =>
  new BusinessFault(
    '610',
    what,
    `${what} : Something you're trying to use has been made inactive. Check the fields with accounts, customers, items, vendors or employees.`,
    '',
  );

export const stale = () =>
  new BusinessFault(
    '5010',
    'Stale Object Error',
    'Stale Object Error : You and Another User were working on this at the same time. Another User finished before you did, so your work was not saved.',
    '',
  );

export const duplicateName = () =>
  new BusinessFault('6240', 'Duplicate Name Exists Error', 'The name supplied already exists. : null');

export const duplicateNumber = (number: string) =>
  new BusinessFault(
    '6140',
    'Duplicate Document Number Error',
    `Duplicate Document Number Error : You must specify a different number. This number has already been used. DocNumber=${number} is assigned to TxnType=Invoice`,
  );

export const unsupported = (member: string, entity: string) =>
  new BusinessFault(
    '2010',
    'Request has invalid or unsupported property',
    `Property Name:Unrecognized field "${member}" (class com.intuit.schema.finance.v3.${entity}), not marked as ignorable specified is unsupported or invalid`,
  );

export const missing = (member: string) =>
  new BusinessFault(
    '2020',
    'Required param missing, need to supply the required value for the API',
    `Required parameter ${member} is missing in the request`,
    member,
  );

export const badId = (value: string) =>
  new BusinessFault('2030', 'Invalid ID', `Id should be a valid number. Supplied value:${value}`, 'Id');

export const tooLong = (member: string, most: number) =>
  new BusinessFault(
    '2050',
    'String length is either shorter or longer than supported by specification',
    `String length specified does not match the supported length. Min:0 Max:${most}`,
    member,
  );

export const badReference = (member: string, value: string) =>
  new BusinessFault('2500', 'Invalid Reference Id', `Invalid Reference Id : ${member} ${value} not found`, member);

export const badQuery = (detail: string) => new BusinessFault('4001', 'Invalid query', `QueryValidationError: ${detail}`);

export const badParse = (detail: string) => new BusinessFault('4000', 'Error parsing query', `QueryParserError: ${detail}`);

/** A rule of the business, said in words. */
export const rule = (detail: string) =>
  new BusinessFault(
    '6000',
    'A business validation error has occurred while processing your request',
    `Business Validation Error: ${detail}`,
    '',
  );

export const wrongAmount = () =>
  new BusinessFault(
    '6070',
    'Amount calculation incorrect in the request',
    'Amount calculation incorrect in the request : Amount is not equal to UnitPrice * Qty. Supplied value:',
    '',
  );

export const closedBooks = () =>
  new BusinessFault(
    '6210',
    'Account Period Closed',
    'Account Period Closed : The account period has closed and the account books cannot be updated through the QBO Services API.',
    '',
  );

export const deposited = () =>
  new BusinessFault(
    '6540',
    'Deposited Transaction cannot be changed',
    'Deposited Transaction cannot be changed : This transaction has been deposited. If you want to change or delete it, you must edit the deposit it appears on and remove it first.',
    '',
  );

export const unauthenticated = (detail: string) =>
  new GatewayFault(401, '3200', 'AUTHENTICATION', 'message=AuthenticationFailed; errorCode=003200; statusCode=401', detail);

export const throttled = () =>
  new GatewayFault(
    429,
    '3001',
    'SERVICE',
    'message=ThrottleExceeded; errorCode=003001; statusCode=429',
    'The request limit was reached.',
  );

/** Every other status, as the gateway words it. */
export function failure(status: number): GatewayFault {
  if (status === 401) return unauthenticated('Token expired');
  if (status === 403)
    return new GatewayFault(
      403,
      '120',
      'AUTHORIZATION',
      'message=AuthorizationFailed; errorCode=000120; statusCode=403',
      'No permission.',
    );
  if (status === 429) return throttled();
  return new GatewayFault(
    status,
    '10000',
    'SYSTEM',
    `message=InternalServerError; errorCode=010000; statusCode=${status}`,
    'An application error has occurred.',
  );
}

/** An outage: whatever stands in front of the gateway speaks HTML. */
export function outage(): Answer {
  return { status: 503, headers: { 'content-type': 'text/html' }, body: '<html><body>Service Unavailable</body></html>' };
}
