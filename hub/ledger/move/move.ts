/** Moving from the books of one service to those of another, from the outside: make ready, note what was settled, and compare. */
import type { Crm } from '#crm/crm.ts';
import type { Sheet } from '../history/sheet.ts';
import type { Who } from '../parts.ts';
import type { Choice } from './documents.ts';
import { type Prepared, type PrepareParts, prepare, type Wish } from './prepare.ts';
import { type Settled, type SettleParts, type Settling, settle } from './settle.ts';
import { moveSheet } from './sheet.ts';

export interface Moves {
  /** Changes mappings and joins tax codes; nothing goes over yet. Repeatable. */
  prepare(who: Who, wish: Wish): Promise<Prepared>;
  /** Once the documents are over there. Repeatable: what is alike is left alone. */
  settle(who: Who, asked: Settling): Promise<Settled>;
  /** What is open in the books one leaves (`there`) against what is open in the others (`here`). */
  sheet(workspace: number, choice: Choice): Promise<Sheet>;
}

export function openMoves(parts: PrepareParts & SettleParts & { crm: Crm }): Moves {
  return {
    prepare: (who, wish) => prepare(parts, who, wish),
    settle: (who, asked) => settle(parts, who, asked),
    sheet: (workspace, choice) => moveSheet(parts, workspace, choice),
  };
}
