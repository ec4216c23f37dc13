/** Files and links that hang on a document, a customer or an item. */
import type { Context } from '#kit/context.ts';
import { Refused } from '#kit/errors.ts';
import type { Fields, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, objectsOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { ask } from './client.ts';
import { BooksFault, saidOf } from './faults.ts';
import { find } from './finding.ts';

const ENTITIES = ['Invoice', 'Estimate', 'CreditMemo', 'Payment', 'Customer', 'Item'] as const;

export const listInput = {
  to: { kind: 'choice', title: 'Attached to', options: ENTITIES, required: true },
  id: { kind: 'text', title: 'Its id', required: true, max: 25 },
} satisfies Fields;

export const attachInput = {
  ...listInput,
  name: { kind: 'text', title: 'Name of the file', max: 255 },
  type: { kind: 'text', title: 'Media type', max: 100 },
  content: { kind: 'text', title: 'Content, base64', max: 28_000_000 },
  link: { kind: 'link', title: 'Address of the file, where it lies elsewhere', max: 1_500 },
  note: { kind: 'text', title: 'Note', max: 500 },
  includeOnSend: { kind: 'flag', title: 'Goes along when the document is sent' },
} satisfies Fields;

/** A file's content is uploaded; a link is kept as a note, for the service keeps no addresses. */
export async function attach(ctx: Context, input: Values, requestId: string): Promise<Values> {
  const content = textOf(input.content);
  const link = textOf(input.link);
  if (content !== undefined) return upload(ctx, input, Buffer.from(content, 'base64'), requestId);
  if (link === undefined)
    throw new Refused('neither content nor a link', 'Give the file’s content, or the address where it lies.', 'content');
  const Note = [textOf(input.note), textOf(input.name), link].filter((part) => part !== undefined).join('\n');
  const body = { Note, AttachableRef: [refTo(input)] };
  const answer = await ask(ctx, { name: 'create Attachable', requestId }, (sdk, done) => sdk.createAttachable(body, done), {
    repeatable: true,
  });
  return attached(objectOf(answer.Attachable) ?? {});
}

/** `link` gives the file to whoever has it, for a quarter of an hour; a note has none. */
export async function listFiles(ctx: Context, { to, id }: Values): Promise<Values> {
  if (!/^\d+$/.test(String(id)))
    throw new Refused(`id: found ${id}; an id is a number`, 'Name what it hangs on by its id.', 'id');
  const ref = 'AttachableRef.EntityRef';
  const { things } = await find(ctx, 'Attachable', [`${ref}.Type = '${to}'`, `${ref}.value = '${id}'`]);
  return { files: things.map(fileOf) };
}

function fileOf(one: JsonObject): Values {
  const file: Values = {};
  put(file, 'attachment', textOf(one.Id));
  put(file, 'name', textOf(one.FileName));
  put(file, 'type', textOf(one.ContentType));
  put(file, 'bytes', one.Size);
  put(file, 'note', textOf(one.Note));
  put(file, 'link', textOf(one.TempDownloadUri));
  return file;
}

/** One request: the SDK would upload first and link by a second one, with a file that hangs nowhere if that fails. */
async function upload(ctx: Context, input: Values, content: Buffer, requestId: string): Promise<Values> {
  const [name, type] = [textOf(input.name), textOf(input.type)];
  if (name === undefined)
    throw new Refused('name: found nothing, allowed is the name of the file', 'Give the file a name.', 'name');
  if (type === undefined || type === 'application/octet-stream') {
    throw new Refused(
      `type: found ${type ?? 'nothing'}, allowed is the media type of the file`,
      'Say what kind of file it is.',
      'type',
    );
  }
  const metadata = {
    AttachableRef: [refTo(input)],
    FileName: name,
    ContentType: type,
    ...(input.note !== undefined && { Note: input.note }),
  };
  const form = new FormData();
  form.append('file_metadata_01', new Blob([JSON.stringify(metadata)], { type: 'application/json' }), 'attachment.json');
  form.append('file_content_01', new Blob([new Uint8Array(content)], { type }), name);
  const answer = await ask(
    ctx,
    { name: 'upload', requestId, form },
    (sdk, done) => sdk.upload(name, type, Buffer.alloc(0), done),
    {
      repeatable: true,
    },
  );
  const [one] = objectsOf(answer.AttachableResponse);
  const said = saidOf(objectOf(one?.Fault));
  if (said !== undefined) {
    throw new Refused(`QuickBooks did not take ${name}: ${said.message}`, said.message, 'content', new BooksFault(200, said));
  }
  return attached(objectOf(one?.Attachable) ?? {});
}

function refTo({ to, id, includeOnSend }: Values): JsonObject {
  return { EntityRef: { type: to!, value: id! }, ...(includeOnSend === true && { IncludeOnSend: true }) };
}

function attached(made: JsonObject): Values {
  const [id, name] = [textOf(made.Id), textOf(made.FileName)];
  return { ...(id !== undefined && { attachment: id }), ...(name !== undefined && { name }) };
}
