import type { User } from './directory.ts';
import { json } from './errors.ts';
import { decode, encode, onlyParameters, selected, type Token } from './odata.ts';
import type { Thing } from './thing.ts';
import type { Visit } from './visit.ts';

/** Links of the directory live seven days (concepts/delta-query-overview). */
const LIFE = 7 * 86_400_000;
const PAGE = 100;

const MEMBERS = [
  ...['displayName', 'mail', 'userPrincipalName', 'givenName', 'surname', 'jobTitle', 'department', 'officeLocation'],
  ...['mobilePhone', 'preferredLanguage', 'proxyAddresses', 'businessPhones', 'userType', 'accountEnabled'],
];

const shown = ({ id, body }: User, select: readonly string[] | undefined): Thing =>
  selected({ id, ...Object.fromEntries(MEMBERS.map((name) => [name, body[name] ?? null])) }, select);

export function getUser({ directory, params, call }: Visit) {
  return json(shown(directory.find(params[0] ?? ''), call.query.get('$select')?.split(',')));
}

export function deltaUsers({ directory, call: { query }, root, now }: Visit) {
  const [skip, delta] = [query.get('$skiptoken'), query.get('$deltatoken')];
  let token: Token;
  if (skip ?? delta) {
    token = decode(skip ?? delta ?? '', 'users', directory.generation);
    if (token.issued + LIFE <= now) decode(skip ?? delta ?? '', 'users', Number.POSITIVE_INFINITY);
  } else {
    onlyParameters(query, ['$select'], "change tracking over the 'users' resource");
    const select = query.get('$select')?.split(',');
    token = { place: 'users', after: 0, first: true, size: PAGE, generation: directory.generation, issued: now, select };
  }
  const until = token.until ?? directory.head();
  const all = directory.page({ ...token, until });
  const some = all.slice(0, token.size);
  const { first, until: _, ...kept } = token;
  const more = all.length > some.length;
  const next: Token = more
    ? { ...token, after: some.at(-1)!.seq, until }
    : { ...kept, after: until, issued: now, generation: directory.generation };
  return json({
    '@odata.context': `${root}/$metadata#users`,
    [more ? '@odata.nextLink' : '@odata.deltaLink']: `${root}/users/delta?${more ? '$skiptoken' : '$deltatoken'}=${encode(next)}`,
    value: some.map((one) => (one.removed ? { id: one.id, '@removed': { reason: 'changed' } } : shown(one, token.select))),
  });
}
