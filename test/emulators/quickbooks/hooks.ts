/** Notifications: what happened in several companies, gathered, signed and sent to one address, in the older or the newer shape. */
import { createHmac, randomUUID } from 'node:crypto';
import type { Json } from '#kit/fields.ts';
import type { Clock } from '../kit/clock.ts';
import type { Traffic } from '../kit/traffic.ts';
import type { Happening, Operation } from './company.ts';

export interface Hook {
  url: string;
  /** The verifier token. */
  secret: string;
  /** Default `events`, the newer one (CloudEvents). */
  shape?: 'legacy' | 'events';
}

/** What befalls deliveries. */
export interface HookManners {
  /** Each is sent twice. */
  doubled?: boolean;
  /** What happened last is told first. */
  reversed?: boolean;
  /** Most events in one delivery; the service's own limit is 100. */
  together?: number;
}

/** When a delivery that was not answered with 200 is sent again, ms after the time before. From the last on, always so. */
const LADDER = [10_000, 20_000, 30_000, 300_000, 1_200_000, 7_200_000, 14_400_000, 21_600_000];

const PARTICIPLE: { readonly [operation in Operation]: string } = {
  Create: 'created',
  Update: 'updated',
  Delete: 'deleted',
  Merge: 'merged',
  Void: 'voided',
  Emailed: 'emailed',
};

/** Whose changes are told, of the kinds that are kept here. */
const TOLD: ReadonlySet<string> = new Set([
  'Customer',
  'Vendor',
  'Employee',
  'Item',
  'Account',
  'Term',
  'Estimate',
  'Invoice',
  'CreditMemo',
  'Payment',
]);

export type Hooks = ReturnType<typeof createHooks>;

export function createHooks(clock: Clock, traffic: Traffic | undefined) {
  let hook: Hook | undefined;
  let manners: HookManners = {};
  let waiting: Happening[] = [];
  /** Deliveries that stand in line: none is sent before the one in front was taken. */
  const line: { body: string; due: number; tries: number }[] = [];
  const counts = { sent: 0, taken: 0, refused: 0 };

  function gather(): void {
    const told = manners.reversed ? waiting.toReversed() : waiting;
    waiting = [];
    if (hook === undefined) return;
    const most = Math.min(100, manners.together ?? 100);
    for (let from = 0; from < told.length; from += most) {
      const body = JSON.stringify(bodyOf(told.slice(from, from + most), hook.shape ?? 'events'));
      for (let n = 0; n < (manners.doubled ? 2 : 1); n++) line.push({ body, due: 0, tries: 0 });
    }
  }

  async function deliver(): Promise<void> {
    for (;;) {
      const [first] = line;
      if (first === undefined || hook === undefined || first.due > clock.now()) return;
      const taken = await post(hook, first.body, traffic);
      counts.sent++;
      if (taken) {
        counts.taken++;
        line.shift();
        continue;
      }
      counts.refused++;
      first.due = clock.now() + (LADDER[first.tries] ?? LADDER.at(-1)!);
      first.tries++;
    }
  }

  return {
    set(next: Hook | undefined): void {
      hook = next;
    },
    setManners(next: HookManners): void {
      manners = next;
    },
    happened(one: Happening): void {
      if (hook !== undefined && TOLD.has(one.entity)) waiting.push(one);
    },
    /** Sends all that is due, and resolves when it was answered. */
    async settled(): Promise<void> {
      gather();
      await deliver();
    },
    counts: () => ({ ...counts, waiting: line.length }),
  };
}

export function signatureOf(secret: string, body: string): string {
  return createHmac('sha256', secret).update(body).digest('base64');
}

function bodyOf(happenings: readonly Happening[], shape: 'legacy' | 'events'): Json {
  if (shape === 'events') return happenings.map(eventOf);
  const byRealm = Map.groupBy(happenings, ({ realm }) => realm);
  return {
    eventNotifications: [...byRealm].map(([realmId, those]) => ({
      realmId,
      dataChangeEvent: {
        entities: those.map(({ entity, id, operation, at, deletedId }) => ({
          name: entity,
          id,
          operation,
          lastUpdated: new Date(at).toISOString(),
          ...(deletedId !== undefined && { deletedId }),
        })),
      },
    })),
  };
}

/** Times have nine decimals. */
function eventOf({ realm, entity, id, operation, at, deletedId }: Happening): Json {
  return {
    specversion: '1.0',
    id: randomUUID(),
    source: 'intuit.dsnBgbseACLLRZNxo2dfc4evmEJdxde58xeeYcZliOU=',
    type: `qbo.${entity.toLowerCase()}.${PARTICIPLE[operation]}.v1`,
    datacontenttype: 'application/json',
    time: new Date(at).toISOString().replace('Z', '851517Z'),
    intuitentityid: id,
    intuitaccountid: realm,
    data: deletedId === undefined ? {} : { deletedId },
  };
}

async function post({ url, secret, shape }: Hook, body: string, traffic: Traffic | undefined): Promise<boolean> {
  const headers = {
    'content-type': shape === 'legacy' ? 'application/json' : 'application/cloudevents+json',
    'intuit-signature': signatureOf(secret, body),
  };
  traffic?.notified({ service: 'quickbooks', url, headers, body });
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(3_000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false;
  }
}
