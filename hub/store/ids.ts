/** Ids made here rather than by the database, so that a whole page can refer to itself before it is written. */
import { randomBytes } from 'node:crypto';

let lastMs = 0;
let counter = 0;

/** UUID version 7 (RFC 9562): in order of creation, also within one millisecond of one process. */
export function uuidv7(): string {
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    counter = randomBytes(2).readUInt16BE() & 0x3ff;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  const bytes = random();
  bytes.writeUIntBE(lastMs, 0, 6);
  bytes.writeUInt16BE(0x7000 | counter, 6);
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

let drawn = Buffer.alloc(0);
let used = 0;

/** 16 random bytes, to be written over: drawn for 256 ids at once, for each drawing costs more than an id. */
function random(): Buffer {
  if (used === drawn.length) {
    drawn = randomBytes(4_096);
    used = 0;
  }
  return drawn.subarray(used, (used += 16));
}
