/** Stories of calls, told as the service tells them: events, rows of the log, and the truth about each. */
import { calls as stream } from '#connectors/ringcentral/calls.ts';
import { kindOf } from '#connectors/ringcentral/extension.ts';
import { toEvent } from '#connectors/ringcentral/party.ts';
import type { Json } from '#kit/fields.ts';
import type { JsonObject } from '#kit/json.ts';
import type { Row } from '#kit/stream.ts';
import type { CallEvent, Extension } from '#kit/telephony.ts';
import { createClock } from '#test/emulators/kit/clock.ts';
import { endOf, momentsOf, placeCall, type StoryCall, type Truth, truthsOf } from '#test/emulators/ringcentral/call.ts';
import type { Cast } from '#test/emulators/ringcentral/cast.ts';
import { createCompany } from '#test/emulators/ringcentral/company.ts';
import { createLog } from '#test/emulators/ringcentral/log.ts';
import { writeRecord } from '#test/emulators/ringcentral/record.ts';
import { stories } from '#test/emulators/ringcentral/stories/corpus.ts';
import { happeningOf } from '#test/emulators/ringcentral/telephony.ts';
import { Telephone } from './telephone.ts';
import { NOON } from './world.ts';

export const company = createCompany();
const PLACES = { platform: 'http://127.0.0.1/', media: 'http://127.0.0.1/' };

/** Everybody of the company as the connector's roster has them. */
export const ROSTER: Extension[] = [
  ...company.extensions().map((one) => ({
    ...{ id: String(one.id), number: one.number, name: one.name, kind: kindOf(one.type), numbers: one.direct, active: true },
    ...(one.email !== undefined && { email: one.email }),
  })),
  { id: 'company', name: company.name, kind: 'company', numbers: [company.mainNumber, ...company.companyNumbers], active: true },
];

export interface Told {
  call: StoryCall;
  events: CallEvent[];
  rows: Row[];
  truths: Truth[];
}

let serial = 0;

/** A story that happened a little before noon, as events and as rows of the log. */
export function tell(name: string, cast?: Cast): Told {
  const call = placeCall(stories.get(name)!, company, { begins: NOON - 3_600_000, serial: ++serial, ...(cast && { cast }) });
  const events = momentsOf(call, company).map((moment) => toEvent(happeningOf(moment, company).body as JsonObject));
  const log = createLog(createClock(NOON), { least: 0, most: 0 }, serial);
  const entries = Object.keys(call.sessions).flatMap((session) => log.write(call, session, endOf(call)));
  const records = entries
    .filter((entry) => entry.owner === undefined)
    .map((entry) => writeRecord(entry, 'Detailed', NOON + 86_400_000, company, PLACES))
    .filter((record) => (record as JsonObject).deleted !== true);
  return { call, events, rows: records.map((record) => stream.toRow(record as Json)), truths: truthsOf(call) };
}

export class Exchange extends Telephone {
  readonly rows: Row[] = [];
  override roster = ROSTER;
  constructor() {
    super();
    const { rows } = this;
    this.stream = {
      ...stream,
      async *pull(_ctx, since) {
        yield { rows: rows.slice(Number(since ?? 0)), gone: [], misfits: [], next: rows.length, last: true };
      },
    };
  }
}
