import type { Folder } from './account.ts';
import { merged, present } from './contact.ts';
import { json, notFound, nothing, stale } from './errors.ts';
import { expandedOf, onlyParameters, selected, selectOf, topOf } from './odata.ts';
import { answerRound } from './round.ts';
import { readBody } from './schema.ts';
import { digest, type Item, type Shelf } from './shelf.ts';
import { text } from './thing.ts';
import type { Visit } from './visit.ts';

function folderOf({ account, params }: Visit): Folder {
  const folder = account.folders.get(params[0] ?? account.defaultFolder);
  if (folder === undefined) throw notFound();
  return folder;
}

export function listContacts(visit: Visit) {
  const { account, call, immutable, root } = visit;
  const { query } = call;
  onlyParameters(query, ['$top', '$skip', '$select', '$expand'], 'contacts here');
  const folder = folderOf(visit);
  const [top, skip] = [topOf(query, 10, 1_000), Number(query.get('$skip') ?? 0)];
  const select = selectOf(query.get('$select'), 'contact');
  const all = account.contacts.all(folder.id);
  const value = all
    .slice(skip, skip + top)
    .map((item) =>
      selected(
        present(account.contacts, item, immutable, expandedOf(query.get('$expand'))),
        select && [...select, 'singleValueExtendedProperties'],
      ),
    );
  const rest = new URLSearchParams([...query].filter(([name]) => name !== '$skip'));
  rest.set('$skip', String(skip + top));
  return json({
    '@odata.context': `${root}/$metadata#users('me')/contacts`,
    value,
    ...(skip + top < all.length && { '@odata.nextLink': `${root}/me/contacts?${rest}` }),
  });
}

export function deltaContacts(visit: Visit) {
  const { account, immutable, params } = visit;
  const folder = folderOf(visit);
  return answerRound(visit, {
    shelf: account.contacts,
    place: folder.id,
    path: params[0] === undefined ? 'me/contacts/delta' : `me/contactFolders/${encodeURIComponent(folder.id)}/contacts/delta`,
    type: 'contact',
    what: 'Contacts',
    show: ({ item }, select) => [
      {
        '@odata.type': '#microsoft.graph.contact',
        ...selected(present(account.contacts, item, immutable), select),
      },
    ],
  });
}

export function getContact({ account, call: { query }, params, immutable, root }: Visit) {
  onlyParameters(query, ['$select', '$expand'], 'a contact');
  const [item, select] = [account.contacts.get(params[0] ?? ''), selectOf(query.get('$select'), 'contact')];
  const thing = present(account.contacts, item, immutable, expandedOf(query.get('$expand')));
  return json({
    '@odata.context': `${root}/$metadata#users('me')/contacts/$entity`,
    ...selected(thing, select && [...select, 'singleValueExtendedProperties']),
  });
}

export function createContact(visit: Visit) {
  const { account, body, immutable, root } = visit;
  const item = account.contacts.add(folderOf(visit).id, merged({}, readBody(body, 'contact')));
  return json(
    { '@odata.context': `${root}/$metadata#users('me')/contacts/$entity`, ...present(account.contacts, item, immutable) },
    201,
  );
}

export function updateContact(visit: Visit) {
  const { account, body, immutable, root, params } = visit;
  const item = account.contacts.get(params[0] ?? '');
  ifMatch(visit, account.contacts, item);
  account.contacts.change(item, merged(item.body, readBody(body, 'contact')));
  return json({
    '@odata.context': `${root}/$metadata#users('me')/contacts/$entity`,
    ...present(account.contacts, item, immutable),
  });
}

export function deleteContact(visit: Visit) {
  const { account, params } = visit;
  const item = account.contacts.get(params[0] ?? '');
  ifMatch(visit, account.contacts, item);
  account.contacts.remove(item);
  return nothing();
}

/** Only the version that the request stands on may be changed. */
export function ifMatch({ call }: Visit, shelf: Shelf, item: Item): void {
  const asked = call.headers['if-match'];
  if (asked !== undefined && asked !== '*' && asked !== `W/"${shelf.etagOf(item)}"`) throw stale();
}

export function listFolders({ account, call: { query }, params, root }: Visit) {
  onlyParameters(query, ['$top', '$select'], 'contact folders here');
  const parent = params[0] ?? 'root';
  if (params[0] !== undefined && !account.folders.has(parent)) throw notFound();
  const below = (id: string) =>
    [...account.folders.values()].filter((one) => one.parent === id && one.id !== account.defaultFolder);
  return json({
    '@odata.context': `${root}/$metadata#users('me')/contactFolders`,
    value: below(parent).map(({ id, name }) => ({ id, displayName: name, parentFolderId: parent })),
  });
}

export function createFolder({ account, body, params, root }: Visit) {
  const { displayName } = readBody(body, 'contactFolder');
  const parent = params[0] ?? 'root';
  if (params[0] !== undefined && !account.folders.has(parent)) throw notFound();
  const folder = addFolder(account, text(displayName), parent);
  return json(
    {
      '@odata.context': `${root}/$metadata#users('me')/contactFolders/$entity`,
      id: folder.id,
      displayName: folder.name,
      parentFolderId: parent,
    },
    201,
  );
}

export function deleteFolder({ account, params }: Visit) {
  removeFolder(account, params[0] ?? '');
  return nothing();
}

export function addFolder(account: Visit['account'], name: string, parent = 'root'): Folder {
  const folder = { id: `AAMkAGI2${digest(`${account.email} ${name} ${account.folders.size}`, 40)}AAAEOAAA=`, name, parent };
  account.folders.set(folder.id, folder);
  return folder;
}

/** With all that lies in it. */
export function removeFolder(account: Visit['account'], id: string): void {
  if (id === account.defaultFolder || !account.folders.has(id)) throw notFound();
  for (const [child, { parent }] of account.folders) if (parent === id) removeFolder(account, child);
  for (const item of account.contacts.all(id)) account.contacts.remove(item);
  account.folders.delete(id);
}
