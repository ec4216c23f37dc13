/** Files: multipart with pairs of metadata and content; the answer is 200 even where a file was refused. */
import type { Call } from '../kit/server.ts';
import { type Books, ENTITIES } from './company.ts';
import { BusinessFault, rule, unsupported } from './faults.ts';
import { checkMembers } from './shapes.ts';
import { refOf, stamp, type Thing, text, thing, things } from './thing.ts';

const MOST_BYTES = 100 * 1024 * 1024;
const KINDS =
  /^(application\/(pdf|msword|rtf|xml|postscript|vnd\.[\w.+-]+)|image\/(jpeg|png|gif|tiff)|text\/(csv|plain|xml|rtf))$/;

interface Part {
  name: string;
  type: string;
  fileName: string;
  content: Buffer;
}

export function upload(books: Books, call: Call, contents: Map<string, Buffer>): Thing[] {
  if (call.body.length > MOST_BYTES) throw new BusinessFault('6030', 'Upload too large', 'An upload has at most 100 MB');
  const parts = partsOf(call);
  const files = parts.filter(({ name }) => /^file_content_\d+$/.test(name));
  if (files.length === 0) throw new BusinessFault('2020', 'Required param missing', 'file_content_01 is missing');
  return files.map((file): Thing => {
    try {
      const metadata = parts.find(({ name }) => name === file.name.replace('content', 'metadata'));
      return { Attachable: keep(books, file, metadata, contents) };
    } catch (error) {
      if (error instanceof BusinessFault) return { Fault: error.fault() };
      throw error;
    }
  });
}

function keep(books: Books, file: Part, metadata: Part | undefined, contents: Map<string, Buffer>): Thing {
  const told: Thing = metadata === undefined ? {} : thing(JSON.parse(metadata.content.toString()));
  checkMembers(told, 'Attachable');
  if (!KINDS.test(file.type)) throw rule(`Files of type ${file.type || 'unknown'} are not supported.`);
  for (const ref of things(told.AttachableRef)) {
    const { type, value } = thing(ref.EntityRef);
    const entity = ENTITIES.find((one) => one === type);
    if (entity === undefined) throw unsupported('EntityRef', 'Attachable');
    if (books.find(entity, text(value)) === undefined) {
      throw rule(`The entity ${entity} ${text(value)} that you are trying to link does not exist. ${entity} ${text(value)}`);
    }
  }
  const kept = books.add('Attachable', {
    FileName: text(told.FileName) || file.fileName,
    Size: file.content.length,
    ContentType: text(told.ContentType) || file.type,
    ...told,
    ...(told.AttachableRef !== undefined && {
      AttachableRef: things(told.AttachableRef).map((ref) => ({
        IncludeOnSend: false,
        ...ref,
        EntityRef: { value: refOf(ref.EntityRef), type: text(thing(ref.EntityRef).type) },
      })),
    }),
  });
  kept.FileAccessUri = `/v3/company/${books.character.realm}/download/${text(kept.Id)}`;
  contents.set(text(kept.Id), file.content);
  return kept;
}

/** With an address that works for a quarter of an hour, to whoever has it. */
export function withLink(one: Thing, origin: string, now: number): Thing {
  return {
    ...one,
    TempDownloadUri: `${origin}files/${text(one.Id)}?X-Amz-Date=${encodeURIComponent(stamp(now))}&X-Amz-Expires=900`,
  };
}

function partsOf({ headers, body }: Call): Part[] {
  const boundary = /boundary="?([^";]+)"?/i.exec(String(headers['content-type'] ?? ''))?.[1];
  if (boundary === undefined)
    throw new BusinessFault('2010', 'Request has invalid or unsupported property', 'An upload is multipart/form-data');
  const mark = `--${boundary}`;
  const parts: Part[] = [];
  let from = body.indexOf(mark);
  while (from >= 0) {
    const to = body.indexOf(mark, from + mark.length);
    if (to < 0) break;
    const part = body.subarray(from + mark.length + 2, to - 2);
    const head = part.indexOf('\r\n\r\n');
    const lines = part.subarray(0, head).toString();
    parts.push({
      name: /name="([^"]*)"/.exec(lines)?.[1] ?? '',
      fileName: /filename="([^"]*)"/.exec(lines)?.[1] ?? '',
      type: (/content-type:\s*([^\r\n;]+)/i.exec(lines)?.[1] ?? '').trim().toLowerCase(),
      content: Buffer.from(part.subarray(head + 4)),
    });
    from = to;
  }
  return parts;
}
