/** What speaks for one candidate rather than another: deals under way, and when one last dealt with each other. */
import { column, list } from './columns.ts';
import type { Tx } from './database.ts';

/** So many of a record's newest references are looked through. */
const NEWEST = 500;

/** Open opportunities of each record, by their own reference to it, with the contact each is with. */
export function openDeals(
  tx: Tx,
  records: readonly string[],
): Promise<{ record: string; opportunity: string; contact: string | null }[]> {
  return tx.query(
    `select n.id as record, d.id as opportunity, d.contact from unnest(${list('$1', 'uuid')}) n (id)
     cross join lateral (
       select distinct r.id, r.fields ->> 'contact' as contact from (
         select record from refs where target = n.id order by at desc, record desc, field desc limit ${NEWEST}) f
       join records r on r.id = f.record
       where r.object = 'opportunity' and r.archived is null and r.fields ->> 'status' = 'open') d`,
    [column(records)],
  );
}

/** When each record was last part of anything but the calls named, not later than `until`. */
export function lastDealings(
  tx: Tx,
  records: readonly string[],
  but: readonly string[],
  until: string,
): Promise<{ record: string; at: string }[]> {
  return tx.query(
    `select n.id as record, f.at from unnest(${list('$1', 'uuid')}) n (id)
     cross join lateral (
       select f.at from refs f join records r on r.id = f.record
       where f.target = n.id and f.at <= $3::timestamptz and r.object in ('call', 'email', 'message', 'event', 'task', 'note')
         and not f.record = any(${list('$2', 'uuid')})
       order by f.at desc, f.record desc, f.field desc limit 1) f`,
    [column(records), column(but), until],
  );
}
