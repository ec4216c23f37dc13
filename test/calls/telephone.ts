/** A telephone service in memory behind the connector's contract: a roster, calls under way, a log that lags, click-to-call. */
import type { Context } from '#kit/context.ts';
import type { Fields, Json, Values } from '#kit/fields.ts';
import type { Page, Row, Stream } from '#kit/stream.ts';
import type { CallEvent, CallRow, Extension, Placed, Telephony, Voicemail } from '#kit/telephony.ts';
import type { Mapping } from '#mappings/format.ts';

export const FIELDS = {
  session: { kind: 'text', title: 'Session' },
  direction: { kind: 'choice', title: 'Direction', options: ['inbound', 'outbound', 'internal'] },
  outcome: { kind: 'choice', title: 'Outcome', options: ['answered', 'missed', 'voicemail', 'busy', 'rejected', 'failed'] },
  started: { kind: 'instant', title: 'Started' },
  ended: { kind: 'instant', title: 'Ended' },
  from: { kind: 'phone', title: 'From' },
  to: { kind: 'phone', title: 'To' },
  fromName: { kind: 'text', title: 'From' },
  toName: { kind: 'text', title: 'To' },
  extension: { kind: 'text', title: 'Extension' },
  talkSeconds: { kind: 'number', title: 'Talking' },
  seconds: { kind: 'number', title: 'Seconds' },
  recording: { kind: 'link', title: 'Recording' },
} satisfies Fields;

const same = (field: string): Mapping['fields'][number] => ({ crm: field, theirs: field, way: 'in' });

export const MAPPING: Mapping = {
  from: 'phone.calls',
  to: 'call',
  winner: 'theirs',
  gone: 'keep',
  match: [{ crm: 'session', theirs: 'session', strength: 'strong' }],
  create: 'crm',
  fields: [
    ...[
      'session',
      'direction',
      'outcome',
      'started',
      'ended',
      'from',
      'to',
      'fromName',
      'toName',
      'talkSeconds',
      'recording',
    ].map(same),
  ],
};

export const ROSTER: Extension[] = [
  { id: '100', name: 'Firm', kind: 'company', numbers: ['+16505550100'], active: true },
  {
    id: '1',
    number: '101',
    name: 'Ann Agent',
    kind: 'person',
    email: 'ann@firm.example',
    numbers: ['+16505550101'],
    active: true,
  },
  {
    id: '2',
    number: '102',
    name: 'Bob Agent',
    kind: 'person',
    email: 'bob@firm.example',
    numbers: ['+16505550102'],
    active: true,
  },
  { id: '3', number: '103', name: 'Cid Agent', kind: 'person', email: 'cid@elsewhere.example', numbers: [], active: true },
  { id: '8', number: '800', name: 'Sales', kind: 'queue', numbers: ['+16505550108'], active: true },
  { id: '9', number: '900', name: 'Menu', kind: 'menu', numbers: [], active: true },
];

export class Telephone {
  roster: Extension[] = ROSTER;
  /** What `session` answers. */
  readonly sessions = new Map<string, CallEvent>();
  readonly log = new Map<string, { row: CallRow; version: number; misfit?: true }>();
  calls: { [name: string]: number } = {};
  readonly rung: { from: string; to: string }[] = [];
  /** What the next `place` does. */
  placing: () => Promise<Placed> = async () => ({ id: `r${this.rung.length}`, state: 'ringing', said: 'InProgress' });
  readonly placed = new Map<string, Placed>();
  private version = 0;

  tell(session: string, row: CallRow): void {
    this.log.set(session, { row, version: ++this.version });
  }

  stream: Stream = {
    title: 'Calls',
    fields: FIELDS,
    shape: 1,
    deletions: 'never',
    timed: false,
    creates: { by: 'nothing' },
    batch: {},
    undo: { update: 'never', create: 'never', remove: 'never' },
    toRow: (raw) => rowOf(raw as unknown as Kept),
    pull: (_ctx, since) => this.pull(Number(since ?? 0)),
  };

  readonly telephony: Telephony = {
    calls: 'calls',
    voicemails: {
      stream: 'messages',
      of: ({ id, fields }) => ({ message: id, ...(fields as unknown as Omit<Voicemail, 'message'>) }),
    },
    roster: async () => {
      this.count('roster');
      return this.roster;
    },
    session: async (_ctx, session) => {
      this.count('session');
      return this.sessions.get(session);
    },
    log: (ctx, period) => this.period(ctx, period),
    place: async (_ctx, wanted) => {
      this.rung.push({ from: wanted.from, to: wanted.to });
      return this.placing();
    },
    placed: async (_ctx, id) => this.placed.get(id),
    cancel: async (_ctx, id) => {
      this.placed.delete(id);
    },
  };

  private count(name: string): void {
    this.calls[name] = (this.calls[name] ?? 0) + 1;
  }

  private async *pull(since: number): AsyncGenerator<Page, void, void> {
    this.count('pull');
    const rows = [...this.log].filter(([, { version }]) => version > since).map(([id, kept]) => rowOf({ id, ...kept }));
    yield { rows, gone: [], misfits: [], next: this.version, last: true };
  }

  private async *period(_ctx: Context, { from, to }: { from: number; to: number }) {
    this.count('log');
    const within = [...this.log].filter(([, { row }]) => Date.parse(row.started) >= from && Date.parse(row.started) < to);
    for (let at = 0; at < within.length; at += 50) {
      const some = within.slice(at, at + 50);
      yield {
        rows: some.flatMap(([id, kept]) => (kept.misfit ? [] : [rowOf({ id, ...kept })])),
        misfits: some.flatMap(([id, kept]) => (kept.misfit ? [{ id, problems: [], raw: null }] : [])),
      };
    }
  }
}

interface Kept {
  id: string;
  version: number;
  row: CallRow;
}

function rowOf({ id, version, row }: Kept): Row {
  const fields = Object.fromEntries(Object.entries({ ...row, session: id }).filter(([, value]) => value !== undefined));
  return { id, version: String(version), fields: fields as Values, raw: { id, version, row } as unknown as Json };
}
