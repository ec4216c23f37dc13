/** One company's books: what there is, what is gone, and what was done, for whoever listens. */
import type { Clock } from '../kit/clock.ts';
import { stamp, type Thing, text } from './thing.ts';

export const ENTITIES = [
  'Customer',
  'Vendor',
  'Employee',
  'Item',
  'Account',
  'Term',
  'TaxCode',
  'TaxRate',
  'Estimate',
  'Invoice',
  'CreditMemo',
  'Payment',
  'Attachable',
] as const;

export type Entity = (typeof ENTITIES)[number];

/** Lists of names: nothing is deleted there, only made inactive. */
export const NAMES: ReadonlySet<string> = new Set([
  'Customer',
  'Vendor',
  'Employee',
  'Item',
  'Account',
  'Term',
  'TaxCode',
  'TaxRate',
]);

/** Documents: one sequence of ids serves them all. */
export const DOCUMENTS: ReadonlySet<string> = new Set(['Estimate', 'Invoice', 'CreditMemo', 'Payment']);

export type Operation = 'Create' | 'Update' | 'Delete' | 'Merge' | 'Void' | 'Emailed';

/** What the company is, and how it counts. */
export interface Character {
  realm: string;
  name: string;
  country: string;
  currency: string;
  multicurrency: boolean;
  /** `us`: lines say TAX or NON; `global`: each line names a tax code. */
  taxes: 'us' | 'global';
  /** Documents are numbered by whoever makes them. */
  customNumbers: boolean;
  /** Own numbers that were used already are refused. */
  warnsOfDuplicates: boolean;
  /** Nothing dated then or before may be changed. */
  closedUntil?: string;
}

export interface Gone {
  entity: Entity;
  id: string;
  /** ms since the epoch. */
  at: number;
}

export interface Happening {
  realm: string;
  entity: Entity;
  id: string;
  operation: Operation;
  at: number;
  /** Of a merge: the one that is no more. */
  deletedId?: string;
}

export interface Books {
  character: Character;
  all(entity: Entity): Iterable<Thing>;
  count(entity: Entity): number;
  find(entity: Entity, id: string): Thing | undefined;
  /** Keeps a new thing: gives it an id, a first SyncToken and its times. `when`: ms since the epoch; default now. */
  add(entity: Entity, body: Thing, when?: number): Thing;
  /** It was changed: another time, and another SyncToken unless only what the service computes has changed. */
  touch(entity: Entity, kept: Thing, how?: 'token' | 'time'): void;
  remove(entity: Entity, id: string, operation?: Operation): void;
  gone(): readonly Gone[];
  nextNumber(sequence: string): string;
  now(): number;
  tell(entity: Entity, id: string, operation: Operation, deletedId?: string): void;
  /** Answers that were given, by the id their request bore. */
  answers: Map<string, string>;
}

export function createBooks(clock: Clock, character: Character, listen: (happening: Happening) => void): Books {
  const tables = new Map<Entity, Map<string, Thing>>(ENTITIES.map((entity) => [entity, new Map()]));
  const sequences = new Map<string, number>();
  const gone: Gone[] = [];
  const table = (entity: Entity) => tables.get(entity)!;
  const next = (sequence: string, first: number) => {
    const n = (sequences.get(sequence) ?? first - 1) + 1;
    sequences.set(sequence, n);
    return n;
  };

  function idFor(entity: Entity): string {
    if (entity === 'Attachable') return `5000000000000${next('Attachable', 500_000)}`;
    return String(next(DOCUMENTS.has(entity) ? 'document' : entity, 1));
  }

  const books: Books = {
    character,
    answers: new Map(),
    all: (entity) => table(entity).values(),
    count: (entity) => table(entity).size,
    find: (entity, id) => table(entity).get(id),
    add(entity, body, when = clock.now()) {
      const Id = idFor(entity);
      const time = stamp(when);
      const kept: Thing = {
        domain: 'QBO',
        sparse: false,
        Id,
        SyncToken: '0',
        MetaData: { CreateTime: time, LastUpdatedTime: time },
        ...body,
      };
      kept.Id = Id;
      table(entity).set(Id, kept);
      return kept;
    },
    touch(_entity, kept, how = 'token') {
      if (how === 'token') kept.SyncToken = String(Number(text(kept.SyncToken)) + 1);
      const { CreateTime } = kept.MetaData as Thing;
      kept.MetaData = { CreateTime: CreateTime!, LastUpdatedTime: stamp(clock.now()) };
    },
    remove(entity, id, operation = 'Delete') {
      if (!table(entity).delete(id)) return;
      gone.push({ entity, id, at: clock.now() });
      if (operation === 'Delete') books.tell(entity, id, 'Delete');
    },
    gone: () => gone,
    nextNumber: (sequence) => String(next(`number ${sequence}`, 1001)),
    now: clock.now,
    tell: (entity, id, operation, deletedId) =>
      listen({ realm: character.realm, entity, id, operation, at: clock.now(), ...(deletedId !== undefined && { deletedId }) }),
  };
  return books;
}
