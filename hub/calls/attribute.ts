/** To whom calls belong: contact, company, lead, opportunity and agent, for many calls in a few questions. */
import type { Cause, CrmRecord } from '#crm/core.ts';
import { createRecords } from '#crm/write.ts';
import type { Json, Values } from '#kit/fields.ts';
import { isBlank } from '#kit/values.ts';
import { saidNumbers } from '#store/call-marks.ts';
import type { Tx } from '#store/database.ts';
import { uuidv7 } from '#store/ids.ts';
import { readRecords } from '#store/records.ts';
import { candidatesFor, type Wanted } from './candidates.ts';
import type { Known } from './known.ts';
import { decide, type Verdict } from './match.ts';
import { ownersIn, usersOf } from './owner.ts';
import type { Policy } from './policy.ts';
import type { Subject } from './subject.ts';

/** What each call's record shall say of whom it belongs to; the rows are told what is asked of a person. */
export async function attribute(
  tx: Tx,
  subjects: readonly Subject[],
  region: string,
  cause: Cause,
): Promise<Map<Subject, Values>> {
  const agents = await agentsOf(tx, subjects);
  const open = subjects.filter((subject) => isOpen(subject));
  const numbered = open.filter(({ known }) => known.other.startsWith('+'));
  const said = await saidOf(tx, numbered);
  const candidates = await candidatesFor(tx, numbered.map(wantedOf), region);
  const leads = new Map<string, string>();
  const wishes = new Map<Subject, Values>();
  for (const subject of subjects) wishes.set(subject, ownerOf(subject, agents.get(subject)));
  for (const subject of subjects) {
    if (open.includes(subject)) continue;
    close(subject);
    Object.assign(wishes.get(subject)!, await asChosen(tx, subject));
  }
  for (const subject of open) {
    const at = numbered.indexOf(subject);
    const person = said.get(subject.known.other);
    const verdict =
      at < 0
        ? NOBODY
        : (person ??
          decide({ candidates: candidates[at]!, agent: agents.get(subject) ?? null, at: Date.parse(subject.known.started) }));
    const wish = wishes.get(subject)!;
    Object.assign(wish, belonging(verdict, subject));
    if (at < 0) close(subject);
    else await question(tx, subject, verdict, wish, leads, cause);
    if (isBlank(wish.owner ?? null)) wish.owner = await heir(tx, wish, subject.policy);
  }
  return wishes;
}

const NOBODY: Verdict = {
  ...{ contact: null, company: null, lead: null, opportunity: null, doubt: null, candidates: [] },
  because: 'No number by which anybody could be found.',
};

/** A person's word stands for ever: said of this call, or written into its record by hand. */
function isOpen({ row, record }: Subject): boolean {
  if (row.chosen !== null) return false;
  return ['contact', 'company', 'lead'].every((field) => isBlank(record.fields[field]) || !isBlank(row.ours[field]));
}

/** Whom a click-to-call was for, or whom a person named. */
async function asChosen(tx: Tx, subject: Subject): Promise<Values> {
  const chosen = subject.row.chosen as { record?: string; by?: string; how?: string } | null;
  if (chosen?.record === undefined) return {};
  let [record] = await readRecords(tx, [chosen.record]);
  if (record?.mergedInto) [record] = await readRecords(tx, [record.mergedInto]);
  if (record === undefined) return {};
  const because = chosen.how === 'placed' ? `Called from this record by ${chosen.by}.` : `${chosen.by} said so.`;
  return belonging(chosenVerdict(record, because), subject);
}

function close({ row }: Subject): void {
  row.question = null;
  row.listed = false;
}

const wantedOf = ({ known, record, roster }: Subject): Wanted => ({
  number: known.other,
  ...(known.otherExt !== undefined && { ext: known.otherExt }),
  home: roster.region,
  call: record.id,
  at: known.started,
});

function belonging(verdict: Verdict, { known }: Subject): Values {
  const { contact, company, lead, opportunity, because } = verdict;
  const candidates = verdict.candidates.slice(0, 10) as unknown as Json;
  const evidence: Json = known.other === '' ? null : { number: known.other, because, candidates };
  return { contact, company, lead, opportunity, evidence };
}

/** An unknown caller becomes a lead, is listed, or is left alone; in each case a later bearer of the number is found. */
async function question(
  tx: Tx,
  { row, known, policy }: Subject,
  verdict: Verdict,
  wish: Values,
  leads: Map<string, string>,
  cause: Cause,
): Promise<void> {
  // A lead may become a contact: such a call is no question, but waits for one.
  row.question = verdict.doubt ?? (verdict.lead === null ? null : 'lead');
  row.listed = false;
  if (verdict.doubt === null || row.stage === 'live') return;
  if (verdict.doubt !== 'unknown') row.listed = true;
  else if (policy.unknown === 'lead' && known.direction === 'inbound') {
    let lead = leads.get(known.other);
    if (lead === undefined) {
      lead = await makeLead(tx, known, cause);
      leads.set(known.other, lead);
    }
    wish.lead = lead;
  } else row.listed = policy.unknown !== 'ignore';
}

async function makeLead(tx: Tx, { other, name }: Known, cause: Cause): Promise<string> {
  const id = uuidv7();
  const fields: Values = {
    ...(name !== '' && { name }),
    phones: [{ value: other, primary: true }],
    status: 'new',
    source: 'call',
  };
  await createRecords(tx, [{ id, object: 'lead', fields }], cause);
  return id;
}

/** Whose a number is, as a person said. */
async function saidOf(tx: Tx, subjects: readonly Subject[]): Promise<Map<string, Verdict>> {
  const numbers = [...new Set(subjects.map(({ known }) => known.other))];
  if (numbers.length === 0) return new Map();
  const said = await saidNumbers(tx, numbers);
  if (said.length === 0) return new Map();
  const records = new Map(
    (
      await readRecords(
        tx,
        said.map((one) => one.record),
      )
    ).map((record) => [record.id, record]),
  );
  const verdicts = new Map<string, Verdict>();
  for (const { number, record: id, by } of said) {
    const record = records.get(id);
    if (record !== undefined && record.archived === null)
      verdicts.set(number, chosenVerdict(record, `${by} said so of this number.`));
  }
  return verdicts;
}

/** What a person's word for a record means. */
export function chosenVerdict(record: CrmRecord, because: string): Verdict {
  const { id, object, fields } = record;
  const company = object === 'company' ? id : typeof fields.company === 'string' ? fields.company : null;
  return {
    ...{ contact: object === 'contact' ? id : null, company, lead: object === 'lead' ? id : null },
    ...{ opportunity: null, doubt: null, because, candidates: [] },
  };
}

async function agentsOf(tx: Tx, subjects: readonly Subject[]): Promise<Map<Subject, string>> {
  const agents = new Map<Subject, string>();
  for (const [roster, group] of Map.groupBy(subjects, (subject) => subject.roster)) {
    const asked = group.flatMap(({ known }) => ownersIn(known));
    const users = await usersOf(tx, asked, roster, group[0]!.policy);
    for (const subject of group) {
      const user = ownersIn(subject.known).map((extension) => users.get(extension))[0];
      if (user !== undefined) agents.set(subject, user);
    }
  }
  return agents;
}

const ownerOf = ({ policy, known }: Subject, agent: string | undefined): Values => {
  if (agent !== undefined) return { owner: agent };
  // Somebody talked whom no user stands for: it is not the business of whoever looks after the caller.
  return { owner: known.talked !== null && policy.fallback !== '' ? policy.fallback : null };
};

/** A call nobody of ours stands for is for whoever looks after the other side, else for the fallback. */
async function heir(tx: Tx, wish: Values, policy: Policy): Promise<string | null> {
  const ids = [wish.contact, wish.lead, wish.company].filter((id): id is string => typeof id === 'string');
  const records = ids.length === 0 ? [] : await readRecords(tx, ids);
  const owners = ids.flatMap((id) => records.find((record) => record.id === id)?.fields.owner ?? []);
  const owner = owners.find((one): one is string => typeof one === 'string');
  return owner ?? (policy.fallback || null);
}
