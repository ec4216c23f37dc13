/** What can be done besides streams. Neither has a key or a mark: each happens at most once, and is never sent again by itself. */
import type { Action } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import type { Field, Values } from '#kit/fields.ts';
import { textOf } from '#kit/json.ts';
import type { Placed } from '#kit/telephony.ts';
import { ask, EXTENSION } from './client.ts';
import { idOf } from './records.ts';
import { telephony } from './telephony.ts';

const number = (title: string, required = true): Field => ({ kind: 'phone', title, max: 64, ...(required && { required }) });
const call = {
  call: { kind: 'text', title: 'The call, as clickToCall named it', required: true, max: 256 },
} satisfies Action['input'];

export const actions: { readonly [name: string]: Action } = {
  clickToCall: {
    title: 'Ring one number, then connect it with another',
    input: { from: number('Rings first'), to: number('Rings second'), callerId: number('Shown to the second', false) },
    undo: 'never',
    async run(ctx, input) {
      const callerId = textOf(input.callerId);
      return valuesOf(
        await telephony.place!(ctx, { from: String(input.from), to: String(input.to), ...(callerId && { callerId }) }),
      );
    },
  },
  callStatus: {
    title: 'How far a click-to-call has come',
    input: call,
    undo: 'never',
    async run(ctx, input) {
      const id = String(input.call);
      const found = await telephony.placed!(ctx, id);
      return found === undefined ? { call: id, state: 'over', said: 'RingCentral knows it no longer' } : valuesOf(found);
    },
  },
  cancelCall: {
    title: 'End a click-to-call that nobody has taken up yet',
    input: call,
    undo: 'never',
    async run(ctx, input) {
      await telephony.cancel!(ctx, String(input.call));
      return {};
    },
  },
  sendSms: {
    title: 'Send a text message',
    input: {
      from: number('From, a number of one’s own that may send messages'),
      to: number('To'),
      // "Max length is 1000 symbols" of UTF-16 (spec, CreateSMSMessage).
      text: { kind: 'text', title: 'Text', required: true, max: 1_000 },
    },
    undo: 'never',
    run: sendSms,
  },
};

async function sendSms(ctx: Context, input: Values): Promise<Values> {
  const body = {
    from: { phoneNumber: String(input.from) },
    to: [{ phoneNumber: String(input.to) }],
    text: String(input.text),
  };
  const sent = await ask(ctx, { name: 'createSMSMessage', group: 'medium', method: 'POST', path: `${EXTENSION}/sms`, body });
  const [message, status] = [idOf(sent.id), textOf(sent.messageStatus)];
  return { ...(message !== undefined && { message }), ...(status !== undefined && { status }) };
}

function valuesOf({ id, state, said, session }: Placed): Values {
  return { call: id, state, said, ...(session !== undefined && { session }) };
}
