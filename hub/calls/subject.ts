/** A call with a record, at work: all that settling it needs. */
import type { CrmRecord } from '#crm/core.ts';
import type { CallRow } from '#store/calls.ts';
import type { Known } from './known.ts';
import type { Policy } from './policy.ts';
import type { Roster } from './roster.ts';

export interface Subject {
  row: CallRow;
  record: CrmRecord;
  known: Known;
  policy: Policy;
  roster: Roster;
  /** Is to be asked anew whose it is: it is new, or who called whom has moved. */
  anew: boolean;
}
