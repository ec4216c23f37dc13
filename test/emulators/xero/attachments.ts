/** Files of documents and contacts: raw bytes, ten of ten megabytes each at most; one of the same name is overwritten by POST. */
import { randomUUID } from 'node:crypto';
import type { Call } from '../kit/server.ts';
import { refuse } from './errors.ts';
import type { Organisation } from './ledger.ts';
import type { Body } from './wire.ts';

const MOST = 10;
const MOST_BYTES = 10_000_000;
const ENDINGS =
  /\.(7z|bmp|csv|docx?|eml|gif|jpe?g|keynote|msg|numbers|od[fst]|pages|pdf|png|pptx?|rar|rtf|tiff?|txt|xlsx?|zip)$/i;

export function attachFile(of: Organisation, plural: string, id: string, name: string, call: Call): Body {
  const invalid = (message: string) => refuse(400, 10, 'ValidationException', message);
  if (call.body.length === 0 || call.body.length > MOST_BYTES) throw invalid('The attachment is empty or larger than 10 MB');
  if (/json/i.test(call.headers['content-type'] ?? '')) throw invalid('The Content-Type must be that of the file');
  if (!ENDINGS.test(name) || /[\\/:*?"<>|+#[\]]/.test(name)) throw invalid(`The file name ${name} is not allowed`);
  const kept = of.files.get(id) ?? [];
  const before = kept.find((one) => one.FileName === name);
  if (before === undefined && kept.length >= MOST) throw invalid('A document has at most 10 attachments');
  const file: Body = {
    AttachmentID: before?.AttachmentID ?? randomUUID(),
    FileName: name,
    Url: `https://api.xero.com/api.xro/2.0/${plural}/${id}/Attachments/${encodeURIComponent(name)}`,
    MimeType: String(call.headers['content-type'] ?? 'application/octet-stream'),
    ContentLength: call.body.length,
    IncludeOnline: call.query.get('IncludeOnline') === 'true',
  };
  of.files.set(id, [...kept.filter((one) => one !== before), file]);
  return file;
}
