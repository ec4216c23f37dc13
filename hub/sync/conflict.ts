/** A person's answer to a field that both sides changed. */
import type { Cause, CrmRecord } from '#crm/core.ts';
import { checkRecord } from '#crm/shape.ts';
import { Fault } from '#hub/fault.ts';
import type { Json } from '#kit/fields.ts';
import { isBlank } from '#kit/values.ts';
import type { Mapping } from '#mappings/format.ts';
import type { Tx } from '#store/database.ts';
import type { HeldRow } from '#store/held.ts';
import { markFor } from '#store/intents.ts';
import { type Link, linksOfRows, putLinks } from '#store/links.ts';
import { getMapping, getVersion } from '#store/mappings.ts';
import { getSync } from '#store/syncs.ts';
import { newDesk } from './desk.ts';
import type { Parts } from './parts.ts';
import { translation } from './translate.ts';

/** Whose value stands, or another one. */
export type Verdict = { is: 'crm' } | { is: 'theirs' } | { is: 'value'; value: Json };

/** From now on both sides have agreed on what the row says; ours follows the answer. */
export async function settleConflict(parts: Parts, tx: Tx, held: HeldRow, answer: Verdict, cause: Cause): Promise<void> {
  const link = held.row === null ? undefined : (await linksOfRows(tx, held.sync, [held.row]))[0];
  const record = held.record === null ? undefined : (await parts.crm.read(tx, [held.record])).get(held.record);
  if (!link || !record) throw new Fault('conflict', `held question ${held.id}: the pair it is about is gone`, 'Answer "leave".');
  const { field } = held;
  const theirs = answer.is === 'theirs' ? await meant(parts, tx, held, link, cause) : (held.question.theirs ?? null);
  const value = answer.is === 'theirs' ? theirs : answer.is === 'value' ? answer.value : (record.fields[field] ?? null);
  if (answer.is === 'value') await expectValue(parts, tx, record, field, value);
  const ours = { ...link.ours };
  if (theirs === null) delete ours[field];
  else ours[field] = theirs;
  const agreed: Link = {
    ...link,
    ours,
    theirs: withoutLag(link, await theirsName(tx, held, field)),
    flips: { ...link.flips, [field]: [] },
  };
  await putLinks(tx, held.sync, [agreed]);
  if (answer.is !== 'crm') {
    const change = { from: record.fields[field] ?? null, to: value, why: 'answered', raw: theirs };
    const update = {
      id: record.id,
      object: record.object,
      expected: record.version,
      before: record.fields,
      changes: { [field]: change },
    };
    if ((await parts.crm.update(tx, [update], cause)).length > 0)
      throw new Fault('busy', 'the record was edited just now', 'Try again.');
  }
  await markFor(tx, held.sync, [record.id]);
}

/** A value of a person's own must fit its field like any edit. */
async function expectValue(parts: Parts, tx: Tx, record: CrmRecord, field: string, value: Json): Promise<void> {
  const { custom } = await parts.crm.about(tx, record.object);
  const { [field]: _, ...others } = record.fields;
  const fields = isBlank(value) ? others : { ...others, [field]: value };
  const problems = checkRecord(record.object, fields, custom).filter((p) => p.path.split('/')[0] === field);
  if (problems.length > 0) throw new Fault('invalid', `the value does not fit ${field}`, 'Mend each place named.', problems);
}

/** What the row says. A record that it refers to is looked for once more, and brought into being where it is not there. */
async function meant(parts: Parts, tx: Tx, held: HeldRow, link: Link, cause: Cause): Promise<Json> {
  const { field } = held;
  const sync = (await getSync(tx, held.sync))!;
  const mapping = await mappingOf(tx, held);
  const { custom, region } = await parts.crm.about(tx, sync.object);
  const stream = parts.streamOf(sync.stream);
  const { crm, now } = parts;
  const { object, connection } = sync;
  const through = mapping && translation({ mapping, stream, crm, custom, region, object, connection, now });
  if (through?.fieldOf(field)?.kind !== 'ref') return held.question.theirs ?? null;
  const row = stream.toRow(link.raw);
  const { translated, related } = await through.inward(tx, [row], newDesk());
  const { values, problems } = translated.get(row.id)!;
  const problem = problems.find((one) => one.field === field);
  if (problem)
    throw new Fault('conflict', `${field}: ${problem.problem}`, 'Answer with a value: the id of the one that is meant.');
  const value = values[field] ?? null;
  await parts.crm.create(
    tx,
    related.filter((one) => one.id === value),
    cause,
  );
  return value;
}

/** The stream's field that the mapping ties to one of ours; null for a formula. */
async function theirsName(tx: Tx, held: HeldRow, field: string): Promise<string | null> {
  const theirs = (await mappingOf(tx, held))?.fields.find((rule) => rule.crm === field)?.theirs;
  return theirs === undefined || theirs.startsWith('=') ? null : theirs;
}

async function mappingOf(tx: Tx, held: HeldRow): Promise<Mapping | undefined> {
  const sync = await getSync(tx, held.sync);
  const mapping = sync && (await getMapping(tx, sync.mapping));
  return mapping && ((await getVersion(tx, mapping.id, mapping.version))?.body as Mapping | undefined);
}

function withoutLag(link: Link, theirs: string | null): Link['theirs'] {
  if (link.theirs === null || theirs === null) return link.theirs;
  const { [theirs]: _, ...rest } = link.theirs;
  return Object.keys(rest).length > 0 ? rest : null;
}
