import type { Answer, Call } from '../kit/server.ts';
import type { Account } from './account.ts';
import { invalid, notFound, written } from './errors.ts';
import { maskOf, type View, viewOf } from './present.ts';

/** Most resource names of one `people:batchGet`. */
const MOST = 200;

function askedView(call: Call): View {
  const mask = call.query.get('personFields') ?? call.query.get('requestMask.includeField') ?? '';
  return viewOf(maskOf(mask, 'personFields', 'read'), call.query.getAll('sources'), 'get');
}

/** `people.get`: one person by any name they ever had, or `people/me`. */
export function getPerson(account: Account, call: Call): Answer {
  const view = askedView(call);
  const found = personOf(account, call.params[0] ?? '', view);
  if (found === undefined) throw notFound();
  return written(found);
}

/** `people.getBatchGet`: an answer for each name, in order; those unknown bear a status. */
export function batchGet(account: Account, call: Call): Answer {
  const view = askedView(call);
  const names = call.query.getAll('resourceNames');
  if (names.length === 0) throw invalid('At least one resource name is required.');
  if (names.length > MOST) throw invalid(`Cannot get more than ${MOST} people at once.`);
  const responses = names.map((name) => {
    const asked = `"requestedResourceName":${JSON.stringify(name)}`;
    const person = personOf(account, name, view);
    if (person !== undefined) return `{"httpStatusCode":200,"person":${person},${asked},"status":{}}`;
    return `{"httpStatusCode":404,${asked},"status":{"code":5,"message":"Requested entity was not found."}}`;
  });
  return written(`{"responses":[${responses.join(',')}]}`);
}

function personOf(account: Account, name: string, view: View): string | undefined {
  if (name === 'people/me') return me(account, view);
  const state = account.book.look(name);
  return state && account.writer.text(state, view);
}

/** The account's own profile. */
function me({ id, email, title }: Account, { fields }: View): string {
  const metadata = { primary: true, sourcePrimary: true, source: { type: 'PROFILE', id } };
  return JSON.stringify({
    resourceName: `people/${id}`,
    etag: `%EgkBAgcJ${id}==`,
    ...(fields.has('metadata')
      ? { metadata: { sources: [{ type: 'PROFILE', id, etag: `#${id}=` }], objectType: 'PERSON' } }
      : {}),
    ...(fields.has('names') ? { names: [{ metadata, displayName: title, unstructuredName: title }] } : {}),
    ...(fields.has('emailAddresses') ? { emailAddresses: [{ metadata: { ...metadata, verified: true }, value: email }] } : {}),
  });
}
