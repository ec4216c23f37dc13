/** Default mappings are written through `mapping()`, so that the compiler checks the names of both sides. */
import type { Fields } from '#kit/fields.ts';
import type { Mapping, MatchRule, Rule } from './format.ts';
import type { ObjectName, objects } from './objects.ts';

type Named<F extends Fields> = Extract<keyof F, string>;
type FormulaText = `=${string}`;

type KeyNames<O extends ObjectName> = 'name' | (typeof objects)[O]['keys'][number]['kind'] | Named<(typeof objects)[O]['fields']>;

/** A mapping whose names are those of the stream `F` and of the object `O`. */
export interface TypedMapping<F extends Fields, O extends ObjectName>
  extends Omit<Mapping, 'to' | 'match' | 'fields' | 'states'> {
  to: O;
  match: (Omit<MatchRule, 'crm' | 'theirs'> & { crm: KeyNames<O>; theirs: Named<F> })[];
  fields: (Omit<Rule, 'crm' | 'theirs'> & { crm: Named<(typeof objects)[O]['fields']>; theirs: Named<F> | FormulaText })[];
  states?: { crm: Named<(typeof objects)[O]['fields']>; theirs: Named<F> }[];
}

/** `mapping<typeof contactFields, 'contact'>({ … })`: a wrong name does not compile. */
export function mapping<F extends Fields, O extends ObjectName>(typed: TypedMapping<F, O>): Mapping {
  return typed;
}
