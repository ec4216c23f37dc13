/** Listening to calls: recordings, and what was left in a mailbox. */
import { z } from 'zod';
import type { Calls } from '#calls/calls.ts';
import { RecordId } from './record-schemas.ts';
import { type Route, route } from './route.ts';

export function callSoundRoutes(calls: Calls): Route[] {
  return [
    route({
      method: 'get',
      path: '/api/calls/:id/recording',
      title: 'Sound of a call, from the service as it comes; a part of it (Range) where the service gives parts',
      permission: 'calls:listen',
      params: RecordId,
      query: z.object({ part: z.coerce.number().int().min(1).max(1_000).optional().describe('Which of several recordings') }),
      media: 'audio/*',
      answer: z.null(),
      async handle({ workspace, params: { id }, query: { part }, range, signal }) {
        return { passed: await calls.hear(workspace, id, { what: 'recording', part, range: oneRange(range) }, signal) };
      },
    }),
    route({
      method: 'get',
      path: '/api/calls/:id/voicemail',
      title:
        'What the caller left in a mailbox, from the service as it comes; a part of it (Range) where the service gives parts',
      permission: 'calls:listen',
      params: RecordId,
      media: 'audio/*',
      answer: z.null(),
      async handle({ workspace, params: { id }, range, signal }) {
        return { passed: await calls.hear(workspace, id, { what: 'voicemail', range: oneRange(range) }, signal) };
      },
    }),
  ];
}

/** RFC 9110 14.2: a range that cannot be read is passed over, and all is sent. */
function oneRange(range: string | undefined): string | undefined {
  return range !== undefined && /^bytes=(\d+-\d*|-\d+)$/.test(range) ? range : undefined;
}
