import type { PartyState } from './call.ts';
import type { Company, Extension } from './company.ts';
import { badParameter, forbidden } from './errors.ts';

/** What a subscription may be about. */
export type Subject =
  | 'telephony'
  | 'message-store'
  | 'instant'
  | 'voicemail'
  | 'extension'
  | 'extensions'
  | 'reminder'
  | 'presence';

export interface Filter {
  subject: Subject;
  /** The path as the subscription shows it, ids resolved, with its query. */
  text: string;
  /** Absent: of the whole account. */
  extension?: number;
  query: URLSearchParams;
}

/** Something that happens and that a filter may be about. */
export interface Happening {
  subject: Subject;
  /** The path that fires, without a query. */
  event: string;
  extension?: number;
  party?: PartyState;
  body: unknown;
}

const PATHS: readonly [RegExp, Subject, 'account' | 'extension'][] = [
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/telephony\/sessions$/, 'telephony', 'account'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/extension\/([^/]+)\/telephony\/sessions$/, 'telephony', 'extension'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/extension\/([^/]+)\/message-store\/instant$/, 'instant', 'extension'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/extension\/([^/]+)\/message-store$/, 'message-store', 'extension'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/extension\/([^/]+)\/voicemail$/, 'voicemail', 'extension'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/extension\/([^/]+)\/presence$/, 'presence', 'extension'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/presence$/, 'presence', 'account'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/extension\/([^/]+)$/, 'extension', 'extension'],
  [/^\/restapi\/v1\.0\/account\/([^/]+)\/extension$/, 'extensions', 'account'],
  [/^\/restapi\/v1\.0\/subscription\/~$/, 'reminder', 'account'],
];

/** Reads a filter with the eyes of the user who subscribes: `~` is their account and extension, the account's own need an admin. */
export function readFilter(text: string, company: Company, me: Extension): Filter {
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? '' : text.slice(mark + 1));
  for (const [form, subject, scope] of PATHS) {
    const found = form.exec(path);
    if (found === null) continue;
    if (subject === 'reminder') return { subject, text, query };
    const [, account = '', given = '~'] = found;
    if (account !== '~' && account !== String(company.id)) throw forbidden('ReadExtensions', 'user');
    const suffix = mark < 0 ? '' : text.slice(mark);
    const at = `/restapi/v1.0/account/${company.id}`;
    if (scope === 'account') {
      if (!me.admin) throw forbidden('ReadCompanyCallLog', 'user');
      return { subject, text: `${path.replace(/\/account\/[^/]+/, `/account/${company.id}`)}${suffix}`, query };
    }
    const extension = given === '~' ? me : company.find(given);
    if (extension === undefined || String(extension.id) !== (given === '~' ? String(me.id) : given))
      throw badParameter('eventFilters');
    if (extension !== me && !me.admin) throw forbidden('ReadExtensions', 'user');
    const rest = path.replace(/^.*\/extension\/[^/]+/, '');
    return { subject, text: `${at}/extension/${extension.id}${rest}${suffix}`, extension: extension.id, query };
  }
  throw badParameter('eventFilters', text);
}

/** Does the filter let it through? */
export function passes(filter: Filter, happening: Happening): boolean {
  if (filter.subject !== happening.subject) return false;
  if (filter.extension !== undefined && filter.extension !== happening.extension) return false;
  const { party } = happening;
  const wants = (name: string, found: string | undefined) => {
    const given = filter.query.getAll(name);
    return given.length === 0 || (found !== undefined && given.includes(found));
  };
  if (party === undefined) return true;
  const outside = party.direction === 'Inbound' ? party.from.phoneNumber : party.to.phoneNumber;
  return (
    wants('statusCode', party.status.code) &&
    wants('direction', party.direction) &&
    wants('missedCall', String(party.missedCall)) &&
    wants('phoneNumber', outside) &&
    (filter.query.get('withRecordings') !== 'only' || party.recordings !== undefined)
  );
}
