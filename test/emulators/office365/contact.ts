import type { Json } from '#kit/fields.ts';
import { badRequest } from './errors.ts';
import { TYPES } from './schema.ts';
import type { Item, Shelf } from './shelf.ts';
import { isThing, type Thing, text, things } from './thing.ts';

const GIVEN = ['Garth', 'Adele', 'Zoë', 'Łukasz', 'Mei', 'José', 'Nneka', 'Pavel'];
const FAMILY = ['Fort', 'Vance', 'Ó Briain', 'Nowak', 'Lin', 'García', 'Okafor', 'Bansky', 'Meyer'];

/** Contact number `n`: always the same. */
export function contactOf(n: number): Thing {
  const [givenName = '', surname = ''] = [GIVEN[n % GIVEN.length], FAMILY[n % FAMILY.length]];
  return named(
    {
      ...{ givenName, surname, companyName: `Firm ${Math.floor(n / 5)}`, jobTitle: n % 3 === 0 ? 'Buyer' : 'Engineer' },
      emailAddresses: [{ name: `${givenName} ${surname}`, address: `contact.${n}@firm${Math.floor(n / 5)}.example` }],
      businessPhones: [`+1 918 ${String(2_000_000 + n).slice(0, 3)} ${String(10_000 + n).slice(1)}`],
      mobilePhone: n % 2 === 0 ? `+44 7700 ${String(900_000 + (n % 90_000))}` : null,
      businessAddress: { street: `${n} Contoso Way`, city: 'Redmond', state: 'WA', countryOrRegion: 'USA', postalCode: '98075' },
      ...(n % 7 === 0 && { birthday: '1974-07-22T11:59:00Z', categories: ['CRM'] }),
    },
    {},
  );
}

/** A body over what was there, as the service keeps it. */
export function merged(before: Thing, given: Thing): Thing {
  if (things(given.emailAddresses).length > 3)
    throw badRequest('A contact has at most 3 e-mail addresses.', 'ErrorInvalidRequest');
  const after: Thing = { ...before };
  for (const [name, value] of Object.entries(given)) after[name] = keptOf(name, value, before[name]);
  return named(after, given);
}

function keptOf(name: string, value: Json, before: Json | undefined): Json {
  if (name === 'singleValueExtendedProperties') return withProperties(things(before), things(value));
  if (TYPES.contact![name] === 'address') return isThing(value) ? { ...(isThing(before) ? before : {}), ...value } : {};
  // Two of each are kept; more are passed over.
  if ((name === 'businessPhones' || name === 'homePhones') && Array.isArray(value)) return value.slice(0, 2);
  if (name === 'categories' && Array.isArray(value)) return [...new Set(value)];
  // Whatever the time of day: Outlook shows a day, and keeps it so.
  if (name === 'birthday' && typeof value === 'string') return `${value.slice(0, 10)}T11:59:00Z`;
  return value;
}

function withProperties(before: readonly Thing[], given: readonly Thing[]): Thing[] {
  for (const { id } of given)
    if (!/^(String|Integer|Boolean) \{[0-9a-f-]{36}\} (Name|Id) \S+$/i.test(text(id)))
      throw badRequest(
        `PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid Name propertyName', found '${text(id)}'.`,
        'ErrorInvalidProperty',
      );
  const same = (a: Thing, b: Thing) => text(a.id).toLowerCase() === text(b.id).toLowerCase();
  return [...before.filter((one) => !given.some((other) => same(one, other))), ...given];
}

/** What is shown of a name is made anew by every write that does not give it (api/contact-update). */
function named(after: Thing, given: Thing): Thing {
  const parts = ['title', 'givenName', 'middleName', 'surname', 'generation'].map((name) => text(after[name])).filter(Boolean);
  const first = [text(after.givenName), text(after.middleName)].filter(Boolean).join(' ');
  const filed = [text(after.surname), first].filter(Boolean).join(', ');
  const otherwise = text(after.companyName) || text(things(after.emailAddresses)[0]?.address);
  return {
    ...after,
    displayName: given.displayName ?? (parts.join(' ') || otherwise),
    fileAs: given.fileAs ?? (filed || otherwise),
  };
}

const LISTS = ['businessPhones', 'homePhones', 'imAddresses', 'children', 'categories', 'emailAddresses'];
const ADDRESSES = ['businessAddress', 'homeAddress', 'otherAddress'];

/** As an answer shows it. Extended properties are shown where they are asked for by name. */
export function present(shelf: Shelf, item: Item, immutable: boolean, expanded: readonly string[] = []): Thing {
  const etag = shelf.etagOf(item);
  const body: Thing = {};
  for (const member of Object.keys(TYPES.contact!)) {
    if (member === 'singleValueExtendedProperties') continue;
    body[member] = item.body[member] ?? (LISTS.includes(member) ? [] : ADDRESSES.includes(member) ? {} : null);
  }
  for (const member of ADDRESSES)
    body[member] = Object.fromEntries(Object.entries(body[member] ?? {}).filter(([, part]) => part !== null && part !== ''));
  const wanted = expanded.map((id) => id.toLowerCase());
  const found = things(item.body.singleValueExtendedProperties).filter(({ id }) => wanted.includes(text(id).toLowerCase()));
  return {
    '@odata.etag': `W/"${etag}"`,
    id: immutable ? item.id : shelf.legacyOf(item),
    createdDateTime: new Date(item.created).toISOString().replace(/\.\d+Z$/, 'Z'),
    lastModifiedDateTime: new Date(item.modified).toISOString().replace('Z', '1263Z'),
    changeKey: etag,
    parentFolderId: item.place,
    ...body,
    // Where none is there the member is absent altogether.
    ...(found.length > 0 && { singleValueExtendedProperties: found }),
  };
}
