/** RingCentral as a telephone: who can be called, what goes on, recordings, and click-to-call by RingOut. */
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import type { CallEvent, Extension, Placed, Telephony } from '#kit/telephony.ts';
import { log } from './calls-of-period.ts';
import { ACCOUNT, ask, EXTENSION } from './client.ts';
import { kindOf } from './extension.ts';
import { EXTENSIONS } from './extensions.ts';
import { unlessMissing } from './faults.ts';
import { voicemailOf } from './message.ts';
import { listAll } from './pages.ts';
import { toSnapshot } from './party.ts';
import { idOf } from './records.ts';
import { sound } from './sound.ts';

export const telephony: Telephony = {
  ...{ calls: 'calls', voicemails: { stream: 'messages', of: voicemailOf } },
  ownOnly: ({ ownCallsOnly, calls }) => ownCallsOnly === true || calls === 'own',
  ...{ roster, session, log, sound, place, placed, cancel },
};

/** Everybody, with their numbers; the last one is the company, whose numbers belong to nobody. */
async function roster(ctx: Context): Promise<Extension[]> {
  const query = { perPage: 1000 };
  const people = await listAll(ctx, EXTENSIONS);
  const numbers = await listAll(ctx, { name: 'listAccountPhoneNumbers', group: 'heavy', path: `${ACCOUNT}/phone-number`, query });
  const owned = new Map<string, string[]>();
  for (const { phoneNumber, extension } of numbers) {
    const number = textOf(phoneNumber);
    if (number === undefined) continue;
    const owner = idOf(objectOf(extension)?.id) ?? COMPANY;
    owned.set(owner, [...(owned.get(owner) ?? []), number]);
  }
  const all = people.flatMap((one) => toExtension(one, owned) ?? []);
  return [...all, { id: COMPANY, name: 'The company', kind: 'company', numbers: owned.get(COMPANY) ?? [], active: true }];
}

const COMPANY = 'company';

function toExtension(extension: JsonObject, owned: ReadonlyMap<string, string[]>): Extension | undefined {
  const id = idOf(extension.id);
  if (id === undefined) return undefined;
  const [number, email] = [idOf(extension.extensionNumber), textOf(objectOf(extension.contact)?.email)];
  return {
    id,
    ...(number !== undefined && { number }),
    name: textOf(extension.name) ?? number ?? id,
    kind: kindOf(textOf(extension.type)),
    ...(email !== undefined && { email }),
    numbers: owned.get(id) ?? [],
    active: extension.status === 'Enabled',
  };
}

async function session(ctx: Context, id: string): Promise<CallEvent | undefined> {
  const path = `${ACCOUNT}/telephony/sessions/${encodeURIComponent(id)}`;
  const answer = await unlessMissing(ask(ctx, { name: 'readCallSessionStatus', group: 'light', path }));
  return answer && toSnapshot(answer, id, ctx.now());
}

const RING_OUT = `${EXTENSION}/ring-out`;

/** Without `playPrompt: false` whoever is rung first has to press 1. */
async function place(ctx: Context, { from, to, callerId }: { from: string; to: string; callerId?: string }): Promise<Placed> {
  const body = {
    from: { phoneNumber: from },
    to: { phoneNumber: to },
    ...(callerId !== undefined && { callerId: { phoneNumber: callerId } }),
    playPrompt: false,
  };
  return toPlaced(await ask(ctx, { name: 'createRingOutCall', group: 'heavy', method: 'POST', path: RING_OUT, body }));
}

async function placed(ctx: Context, id: string): Promise<Placed | undefined> {
  const path = `${RING_OUT}/${encodeURIComponent(id)}`;
  const answer = await unlessMissing(ask(ctx, { name: 'readRingOutCallStatus', group: 'light', path }));
  return answer && toPlaced(answer);
}

/** Works until the first side has answered; a call that is over is cancelled enough. */
async function cancel(ctx: Context, id: string): Promise<void> {
  const path = `${RING_OUT}/${encodeURIComponent(id)}`;
  await unlessMissing(ask(ctx, { name: 'deleteRingOutCall', group: 'heavy', method: 'DELETE', path }));
}

/** Pure. */
export function toPlaced(answer: JsonObject): Placed {
  const id = idOf(answer.id);
  const status = objectOf(answer.status);
  if (id === undefined || status === undefined) {
    throw new Changed(
      `ring-out: answered with ${Object.keys(answer).join(', ') || 'nothing'}; expected 'id' and 'status'`,
      'RingCentral answers in a way we do not know. The call may ring all the same. Tell the maintainer.',
    );
  }
  const [call, caller, callee] = [textOf(status.callStatus), textOf(status.callerStatus), textOf(status.calleeStatus)];
  const said = `${call ?? 'Unknown'} (caller ${caller ?? 'Unknown'}, callee ${callee ?? 'Unknown'})`;
  return { id, state: stateOf(call, [callee, caller]), said };
}

/** Of a call that failed the side that failed says why; that the other side was reached is no success. */
function stateOf(call: string | undefined, sides: readonly (string | undefined)[]): Placed['state'] {
  if (call === undefined || call === 'InProgress') return 'ringing';
  if (call === 'Success') return 'connected';
  return [call, ...sides].map((word) => PLACED.get(word ?? '')).find((state) => state !== undefined) ?? 'failed';
}

const PLACED = new Map(
  Object.entries<Placed['state']>({
    Busy: 'busy',
    NoAnswer: 'no answer',
    NoAnsweringMachine: 'no answer',
    Rejected: 'rejected',
    Finished: 'over',
    NoSessionFound: 'over',
  }),
);
