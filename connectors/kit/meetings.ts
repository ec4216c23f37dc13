/** By what a meeting is known in every calendar that has it: the UID of RFC 5545, 3.8.4.7. */

/** Begins the UID of a meeting that an Exchange made: MS-OXOCAL 2.2.1.27, PidLidGlobalObjectId, in hexadecimal. */
const EXCHANGE = '040000008200e00074c5b7101a82e008';
/** Where in the hexadecimal text lie the day of an occurrence, and the data that tell one meeting from another. */
const [DAY, TIME, DATA] = [32, 40, 80];
/** `vCal-Uid` and the number 1: the data are a UID that was made elsewhere, with a zero byte behind it. */
const FOREIGN = '7643616c2d55696401000000';

/**
 * The UID of a meeting or of the whole series, whichever calendar gives it: without the day that Exchange puts into that of an occurrence,
 * and taken out of Exchange's form where the meeting was made elsewhere.
 */
export function seriesUid(uid: string): string {
  const bare = uid.trim();
  const hex = bare.toLowerCase();
  if (!hex.startsWith(EXCHANGE) || hex.length < DATA || !/^[\da-f]+$/.test(hex)) return bare;
  if (!hex.startsWith(FOREIGN, DATA)) return (hex.slice(0, DAY) + '0'.repeat(TIME - DAY) + hex.slice(TIME)).toUpperCase();
  const bytes = Buffer.from(hex.slice(DATA + FOREIGN.length), 'hex');
  const end = bytes.indexOf(0);
  return bytes.toString('utf8', 0, end < 0 ? bytes.length : end);
}

/**
 * The UID of one occurrence of a series: that of the series, a slash, and when it was to begin: an instant gives `20261125T090000Z`, the
 * date of an all-day event `20261125`.
 */
export function occurrenceUid(series: string, start: string): string {
  const basic = start.length === 10 ? start : `${new Date(start).toISOString().slice(0, 19)}Z`;
  return `${seriesUid(series)}/${basic.replace(/[-:]/g, '')}`;
}
