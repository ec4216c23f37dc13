/** Mappings as a move wants them: what is owed goes over, what is made here goes there from now on. Pure. */
import type { Mapping, Rule } from '#mappings/format.ts';

/** The reference of what is noted as settled before: no payment of its own, since the books one left have that. */
export const SETTLED = 'Settled before the move';

const DOCUMENTS: ReadonlySet<string> = new Set(['estimate', 'invoice', 'payment']);

/** In the books one moves to. `account`: what lines are booked to that name none. */
export function movingIn(mapping: Mapping, account: string | undefined): Mapping {
  const { to } = mapping;
  if (!DOCUMENTS.has(to)) return mapping;
  const moved: Mapping = { ...mapping, create: 'both' };
  if (to === 'invoice') moved.books = 'open';
  if (to === 'payment') return withoutSettled(moved);
  return account === undefined ? moved : { ...moved, fields: moved.fields.map((rule) => bookedTo(rule, account)) };
}

/** In the books one leaves: they are only read from now on. */
export function movingOut(mapping: Mapping): Mapping {
  const create = mapping.create === 'both' || mapping.create === 'crm' ? 'crm' : 'none';
  const fields = mapping.fields.filter(({ way }) => way !== 'out').map((rule): Rule => ({ ...rule, way: 'in' }));
  return { ...mapping, create, ours: { gone: 'leave' }, fields };
}

function bookedTo(rule: Rule, account: string): Rule {
  if (rule.crm !== 'lines') return rule;
  const via = rule.via === undefined ? [] : Array.isArray(rule.via) ? rule.via : [rule.via];
  const others = via.filter((use) => !JSON.stringify(use).includes('"otherwise"'));
  return { ...rule, via: [...others, { each: { field: 'account', via: { otherwise: { value: account } } } }] };
}

function withoutSettled(mapping: Mapping): Mapping {
  const field = mapping.fields.find(({ crm }) => crm === 'reference')?.theirs;
  if (field === undefined) return mapping;
  const ours = `!(row.${field} == ${JSON.stringify(SETTLED)})`;
  const before = mapping.only?.theirs?.replace(/^=\s*/, '');
  if (before?.includes(ours)) return mapping;
  return { ...mapping, only: { ...mapping.only, theirs: `= ${before === undefined ? ours : `(${before}) && ${ours}`}` } };
}
