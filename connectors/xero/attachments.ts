/** Files that hang on a document or a contact: put there, and listed. One of the same name takes the place of the one before. */
import type { AccountingApi } from 'xero-node/dist/gen/api/accountingApi.js';
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import { objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { ask } from './client.ts';
import { isGuid } from './wire.ts';

type Put = (
  api: AccountingApi,
  tenant: string,
  id: string,
  name: string,
  bytes: Buffer,
  online: boolean,
  key: string,
) => Promise<unknown>;
type List = (api: AccountingApi, tenant: string, id: string) => Promise<unknown>;

const KINDS: { readonly [to: string]: { name: string; put: Put; list: List } } = {
  Invoice: {
    name: 'Invoice',
    put: (api, tenant, id, name, bytes, online, key) =>
      api.createInvoiceAttachmentByFileName(tenant, id, name, bytes, online, key),
    list: (api, tenant, id) => api.getInvoiceAttachments(tenant, id),
  },
  CreditNote: {
    name: 'CreditNote',
    put: (api, tenant, id, name, bytes, online, key) =>
      api.createCreditNoteAttachmentByFileName(tenant, id, name, bytes, online, key),
    list: (api, tenant, id) => api.getCreditNoteAttachments(tenant, id),
  },
  Quote: {
    name: 'Quote',
    put: (api, tenant, id, name, bytes, _online, key) => api.createQuoteAttachmentByFileName(tenant, id, name, bytes, key),
    list: (api, tenant, id) => api.getQuoteAttachments(tenant, id),
  },
  Contact: {
    name: 'Contact',
    put: (api, tenant, id, name, bytes, _online, key) => api.createContactAttachmentByFileName(tenant, id, name, bytes, key),
    list: (api, tenant, id) => api.getContactAttachments(tenant, id),
  },
};

const where = {
  to: { kind: 'choice', title: 'Attached to', options: Object.keys(KINDS), required: true },
  id: { kind: 'text', title: 'Its id', required: true, max: 50 },
} satisfies Fields;

export const listInput = where;

export const attachInput = {
  ...where,
  name: { kind: 'text', title: 'Name of the file', max: 255, required: true },
  type: { kind: 'text', title: 'Media type', max: 100, required: true },
  content: { kind: 'text', title: 'Content, base64', max: 14_000_000, required: true },
  includeOnline: { kind: 'flag', title: 'Shown with the online invoice' },
} satisfies Fields;

/** 10 MB, and names without what an address or a disk could not bear (guides, attachments). */
const MOST_BYTES = 10_000_000;
const BARRED = /[\\/:*?"<>|+#[\]]/;

export async function attach(ctx: Context, { to, id, name, type, content, includeOnline }: Values, key: string): Promise<Values> {
  const kind = kindOf(to, id);
  const barred = BARRED.exec(String(name))?.[0];
  if (barred !== undefined)
    throw new Refused(`name: found ${JSON.stringify(barred)} in it`, 'Xero takes no such sign in the name of a file.', 'name');
  const bytes = Buffer.from(String(content), 'base64');
  if (bytes.length === 0 || bytes.length > MOST_BYTES)
    throw new Refused(
      `content: found ${bytes.length} bytes; allowed are 1 to ${MOST_BYTES}`,
      'Give the file, in base64.',
      'content',
    );
  const answer = await ask(
    ctx,
    { name: `create${kind.name}AttachmentByFileName`, file: String(type) },
    (api, tenant) => kind.put(api, tenant, String(id), String(name), bytes, includeOnline === true, key),
    { repeatable: true },
  );
  return fileOf(objectsOf(answer.Attachments)[0] ?? {});
}

/** `link` is an address of the API: it needs the connection's token. */
export async function listFiles(ctx: Context, { to, id }: Values): Promise<Values> {
  const kind = kindOf(to, id);
  const answer = await ask(ctx, { name: `get${kind.name}Attachments` }, (api, tenant) => kind.list(api, tenant, String(id)));
  return { files: objectsOf(answer.Attachments).map(fileOf) };
}

function kindOf(to: Json | undefined, id: Json | undefined): (typeof KINDS)[string] {
  if (!isGuid(String(id))) throw new Refused(`id: found ${id}; an id is a GUID`, 'Name what it hangs on by its id.', 'id');
  return KINDS[String(to)]!;
}

function fileOf(one: Values): Values {
  const file: Values = {};
  put(file, 'attachment', textOf(one.AttachmentID));
  put(file, 'name', textOf(one.FileName));
  put(file, 'type', textOf(one.MimeType));
  put(file, 'bytes', one.ContentLength);
  put(file, 'link', textOf(one.Url));
  return file;
}
