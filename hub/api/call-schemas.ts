/** Calls as the API takes and gives them. */
import { z } from 'zod';
import type { Policy } from '#calls/policy.ts';
import type { Json } from '#kit/fields.ts';

const Any = z.custom<Json>(() => true);
const Named = z.object({ id: z.string(), object: z.string(), name: z.string() });

export const CallShown = z
  .object({
    id: z.string().nullable().describe('The call’s record; null where it is not logged'),
    connection: z.int(),
    session: z.string().describe('The service’s name of the conversation'),
    stage: z.enum(['live', 'over', 'done']),
    direction: z.string().nullable(),
    outcome: z.string().nullable(),
    from: z.string().nullable(),
    to: z.string().nullable(),
    fromName: z.string().nullable(),
    toName: z.string().nullable(),
    started: z.string(),
    answered: z.string().nullable(),
    ended: z.string().nullable(),
    ringSeconds: z.number().nullable(),
    talkSeconds: z.number().nullable(),
    contact: Named.nullable(),
    company: Named.nullable(),
    lead: Named.nullable(),
    owner: Named.nullable().describe('The agent'),
    question: z.string().nullable().describe('Why it is nobody’s yet: unknown, several, weak'),
    evidence: z.unknown().describe('What speaks for whom'),
    excluded: z.string().nullable().describe('Why it is not logged'),
    logged: z.string().nullable().describe('When the service’s log had told it'),
    trouble: z.string().nullable().describe('What is missing for good'),
  })
  .meta({ id: 'Call' });

export const LiveCall = z
  .discriminatedUnion('is', [
    z.object({ is: z.literal('call'), call: CallShown }),
    z.object({ is: z.literal('gone'), session: z.string(), connection: z.int() }),
  ])
  .meta({ id: 'LiveCall' });

export const Belongs = z
  .discriminatedUnion('is', [
    z.strictObject({
      is: z.literal('record'),
      record: z.string().max(100).describe('A contact, a company or a lead'),
      remember: z.boolean().optional().describe('The number is theirs from now on. Default true'),
    }),
    z.strictObject({
      is: z.literal('new'),
      object: z.enum(['contact', 'lead', 'company']),
      fields: z.record(z.string(), Any).optional().describe('Beside the call’s number and name'),
    }),
    z.strictObject({ is: z.literal('nobody') }),
  ])
  .meta({ id: 'CallBelongs', examples: [{ is: 'record', record: '01990000-0000-7000-8000-000000000000' }, { is: 'nobody' }] });

export const PlaceCall = z
  .strictObject({
    record: z.string().max(100).describe('A record with phone numbers'),
    number: z.string().max(60).optional().describe('One of its numbers; default the primary one'),
    from: z.string().max(60).optional().describe('Number or extension that rings first'),
    user: z.string().max(100).optional().describe('Or the user whose telephone does'),
    connection: z.int().min(1).optional().describe('Default the only telephone line'),
    callerId: z.string().max(60).optional(),
    key: z.string().min(1).max(200).optional().describe('Of your choice: the same key never rings twice'),
    anyway: z.boolean().optional().describe('Although the record says not to call'),
  })
  .meta({ id: 'PlaceCall', examples: [{ record: '01990000-0000-7000-8000-000000000000', from: '101' }] });

export const PlacedCall = z
  .object({
    id: z.int(),
    connection: z.int(),
    key: z.string().nullable(),
    record: z.string(),
    calling: z.string().describe('Rings first'),
    called: z.string(),
    owner: z.string().nullable(),
    session: z.string().nullable().describe('Once it is heard of'),
    state: z
      .enum(['placing', 'ringing', 'connected', 'busy', 'no answer', 'rejected', 'failed', 'over', 'cancelled', 'unsure'])
      .describe('unsure: no answer came, nobody knows whether it rang, and it is not repeated'),
    said: z.string().describe('The service’s own word'),
    at: z.string(),
    looked: z.string().nullable(),
    by: z.string(),
  })
  .meta({ id: 'PlacedCall' });

/** A policy in full; `checkPolicy` says what each value may be. */
export const PolicyShown = z
  .object({
    unknown: z.enum(['lead', 'list', 'ignore']).describe('What becomes of a caller nobody knows'),
    anonymous: z.enum(['log', 'ignore']),
    internal: z.enum(['log', 'ignore']),
    neverNumbers: z.array(z.string()),
    neverExtensions: z.array(z.string()),
    region: z.string().describe('Country whose national numbers the account means; empty: that of its own numbers'),
    owners: z.record(z.string(), z.string()).describe('Extension → user, before what e-mail addresses say'),
    fallback: z.string().describe('User who gets what nobody else owns'),
    tasks: z.boolean().describe('Does a missed call make a task?'),
    menus: z.boolean().describe('Also one that ended in a menu?'),
    dueMinutes: z.int().describe('Working minutes until it is due'),
    zone: z.string(),
    days: z.array(z.int()).describe('1 Monday to 7 Sunday'),
    opens: z.string(),
    closes: z.string(),
  } satisfies { [name in keyof Policy]: z.ZodType })
  .meta({ id: 'CallPolicy' });

export const PolicyBody = z
  .record(z.string(), Any)
  .meta({ id: 'CallPolicyChange', examples: [{ unknown: 'lead', zone: 'Europe/Berlin' }] });

export const Reconciled = z
  .object({
    connection: z.int(),
    day: z.string(),
    zone: z.string(),
    total: z.int().describe('Calls in the service’s log'),
    records: z.int(),
    exceptions: z.record(z.string(), z.int()).describe('Reason → how many have no record for it'),
    missing: z.array(z.string()).describe('Sessions nobody has accounted for'),
    figure: z.number().describe('Accounted for, of a hundred'),
    beyond: z
      .array(z.object({ session: z.string(), record: z.string(), why: z.string() }))
      .describe('Records the log does not know'),
  })
  .meta({ id: 'CallsReconciled' });

export const Backfill = z
  .object({
    id: z.int(),
    connection: z.int(),
    since: z.string(),
    until: z.string(),
    reached: z.string().describe('Read up to here'),
    read: z.int(),
    made: z.int().describe('Records made'),
    state: z.enum(['running', 'done', 'stopped']),
    problem: z.string().nullable(),
    at: z.string(),
    by: z.string(),
  })
  .meta({ id: 'CallBackfill' });
