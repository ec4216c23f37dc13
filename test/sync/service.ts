/** A service in memory behind the connector's contract: versions, a change feed with cursors that expire, lagging reads, lost answers. */
import type { Context } from '#kit/context.ts';
import { TryLater } from '#kit/errors.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import type { Cursor, CursorLost, Draft, Outcome, Page, Removal, Row, Stream } from '#kit/stream.ts';

export const FIELDS = {
  givenName: { kind: 'text', title: 'Given name' },
  familyName: { kind: 'text', title: 'Family name' },
  emails: {
    kind: 'list',
    title: 'E-mails',
    identity: 'value',
    of: { value: { kind: 'email', title: 'Address' }, type: { kind: 'text', title: 'Type' } },
  },
  jobTitle: { kind: 'text', title: 'Job title' },
  note: { kind: 'text', title: 'Note' },
  birthday: { kind: 'date', title: 'Birthday', partial: true },
} satisfies Fields;

interface Kept {
  id: string;
  version: number;
  changed: number;
  fields: Values;
  mark?: string;
  /** Where the service says when it last changed. */
  time?: string;
  gone: boolean;
}

export class MemoryService {
  readonly rows = new Map<string, Kept>();
  readonly stream: Stream;
  /** Every call by name. */
  calls: { [name: string]: number } = {};
  pageSize = 100;
  /** Rows say when they last changed. */
  timed = false;
  /** Cursors before it are forgotten. */
  forgottenBefore = 0;
  /** There is no feed of changes: the end of a reading is the beginning of the next. */
  feedless = false;
  /** The next pushes are carried out but their answer is lost. */
  loseAnswers = 0;
  /** By what it recognises a creation that is sent again. */
  recognises: 'mark' | 'key' = 'mark';
  private readonly byKey = new Map<string, string>();
  /** The next pushes never arrive, and nobody hears so. */
  dropPushes = 0;
  /** So many pushes from now, one is carried out and its caller dies over the answer. */
  dieAfter = 0;
  /** Happens once, while the next push is on its way. */
  meanwhile: (() => Promise<void>) | undefined;
  /** Happens once, when the next list has its first page and not its last. */
  between: (() => Promise<void>) | undefined;
  /** How many drafts each push had. */
  readonly pushed: number[] = [];
  /** Cuts texts to so many characters: a rendering. */
  textLimit = 1_000;
  /** What it says of a new row by itself, where nobody said anything. */
  fills: Values = {};
  /** The lists, counted from 1, that meet a used-up quota. */
  refuseLists: number[] = [];
  /** Changes that lists do not show yet. */
  hiddenSince = Number.POSITIVE_INFINITY;
  private clock = 1;
  private ids = 0;

  constructor(now: () => number, title = 'People', fields: Fields = FIELDS) {
    this.stream = {
      title,
      fields,
      shape: 1,
      deletions: 'told',
      timed: false,
      creates: { by: 'mark', after: 0 },
      batch: { push: 50, fetch: 50, remove: 50 },
      undo: { update: 'exact', create: 'exact', remove: 'never' },
      toRow: (raw) => rowOf(raw as unknown as Kept),
      pull: (ctx, since) => this.pull(ctx, since),
      fetch: async (_ctx, ids) => {
        this.count('fetch');
        const found = ids.map((id) => this.rows.get(id)).filter((row) => row !== undefined && !row.gone);
        const rows = found.map((row) => rowOf(structuredClone(row!)));
        return { rows, gone: ids.filter((id) => !rows.some((row) => row.id === id)), misfits: [] };
      },
      push: async (_ctx, drafts) => {
        const { meanwhile } = this;
        this.meanwhile = undefined;
        await meanwhile?.();
        return this.push(drafts);
      },
      remove: async (_ctx, ids) => {
        this.count('remove');
        return ids.map((id): Removal => (this.erase(id) ? { is: 'done' } : { is: 'gone' }));
      },
    };
    void now;
  }

  add(fields: Values, mark?: string): string {
    const id = `p${++this.ids}`;
    this.rows.set(id, {
      id,
      version: 1,
      changed: this.clock++,
      fields: this.rendered({ ...this.fills, ...fields }),
      gone: false,
      ...(mark ? { mark } : {}),
      ...this.timeNow(),
    });
    return id;
  }

  edit(id: string, fields: { [name: string]: Json }): void {
    const row = this.rows.get(id);
    if (!row || row.gone) throw new Error(`no row ${id}`);
    row.fields = this.rendered({ ...row.fields, ...fields });
    row.version += 1;
    row.changed = this.clock++;
    Object.assign(row, this.timeNow());
  }

  /** The row as the service would give it now. */
  row(id: string): Row {
    return rowOf(structuredClone(this.rows.get(id)!));
  }

  private timeNow(): { time?: string } {
    return this.timed ? { time: new Date(this.clock * 1_000).toISOString() } : {};
  }

  erase(id: string): boolean {
    const row = this.rows.get(id);
    if (!row || row.gone) return false;
    row.gone = true;
    row.version += 1;
    row.changed = this.clock++;
    return true;
  }

  /** Out of the bin again. */
  revive(id: string): void {
    Object.assign(this.rows.get(id)!, { gone: false, changed: this.clock++ });
    this.rows.get(id)!.version += 1;
  }

  get(id: string): Values | undefined {
    const row = this.rows.get(id);
    return row && !row.gone ? row.fields : undefined;
  }

  living(): Kept[] {
    return [...this.rows.values()].filter((row) => !row.gone);
  }

  forgetCursors(): void {
    this.forgottenBefore = this.clock;
  }

  hide(): void {
    this.hiddenSince = this.clock;
  }

  show(): void {
    this.hiddenSince = Number.POSITIVE_INFINITY;
  }

  private rendered(fields: { [name: string]: Json }): Values {
    const kept: Values = {};
    for (const [name, value] of Object.entries(fields)) {
      if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue;
      kept[name] = typeof value === 'string' ? value.slice(0, this.textLimit) : value;
    }
    return kept;
  }

  private count(name: string): void {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
  }

  private async *pull(_ctx: Context, since: Cursor): AsyncGenerator<Page | CursorLost, void, void> {
    const at = since as { after: number; until?: number } | null;
    if (at && at.after < this.forgottenBefore && at.until === undefined) {
      yield { lost: 'forgotten' };
      return;
    }
    const until = Math.min(at?.until ?? this.clock, this.hiddenSince);
    let after = at?.after ?? 0;
    for (;;) {
      this.count('list');
      if (this.refuseLists.includes(this.calls.list!)) throw new TryLater('quota', 'Wait a moment.', 20, true);
      if (after !== (at?.after ?? 0)) {
        const { between } = this;
        this.between = undefined;
        await between?.();
      }
      const changed = [...this.rows.values()]
        .filter((row) => row.changed > after && row.changed < until)
        .sort((a, b) => a.changed - b.changed);
      const some = changed.slice(0, this.pageSize);
      const last = changed.length <= this.pageSize;
      after = last ? until - 1 : some.at(-1)!.changed;
      yield {
        rows: some.filter((row) => !row.gone).map((row) => rowOf(structuredClone(row))),
        gone: some.filter((row) => row.gone).map((row) => row.id),
        misfits: [],
        next: last ? (this.feedless ? null : { after }) : { after, until },
        last,
      };
      if (last) return;
    }
  }

  private push(drafts: readonly Draft[]): Outcome[] {
    this.count('push');
    this.pushed.push(drafts.length);
    if (this.dropPushes > 0) {
      this.dropPushes -= 1;
      return drafts.map((): Outcome => ({ is: 'unknown', reason: 'no answer' }));
    }
    const lost = this.loseAnswers > 0;
    if (lost) this.loseAnswers -= 1;
    const outcomes = drafts.map((draft): Outcome => {
      const done = this.write(draft);
      return lost && done.is === 'done' ? { is: 'unknown', reason: 'no answer' } : done;
    });
    if (this.dieAfter > 0 && --this.dieAfter === 0) throw new Error('the caller died');
    return outcomes;
  }

  private create({ key, fields, mark }: Draft): string {
    if (this.recognises === 'mark') return this.add(fields, mark);
    const id = this.byKey.get(key) ?? this.add(fields);
    this.byKey.set(key, id);
    return id;
  }

  private write(draft: Draft): Outcome {
    if (draft.id === undefined) return { is: 'done', row: rowOf(structuredClone(this.rows.get(this.create(draft))!)) };
    const row = this.rows.get(draft.id);
    if (!row || row.gone) return { is: 'gone' };
    if (String(row.version) !== draft.version) return { is: 'stale' };
    this.edit(draft.id, draft.fields);
    return { is: 'done', row: rowOf(structuredClone(row)) };
  }
}

function rowOf(kept: Kept): Row {
  return {
    id: kept.id,
    version: String(kept.version),
    fields: kept.fields,
    raw: kept as unknown as Json,
    ...(kept.mark ? { mark: kept.mark } : {}),
    ...(kept.time ? { time: kept.time } : {}),
    ...(kept.fields.guest === true ? { copy: kept.fields.private === true ? 'bare' : true } : {}),
  };
}
