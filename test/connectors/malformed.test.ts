/** What the two suites should never answer: each such thing is held with its reason, and its page goes on. */
import { describe, expect, test } from 'vitest';
import { eventShape as googleEvent } from '#connectors/gsuite/event.ts';
import { fileShape } from '#connectors/gsuite/file.ts';
import { arrived, sorted as sortedOfGoogle } from '#connectors/gsuite/records.ts';
import { eventShape } from '#connectors/office365/event.ts';
import { sorted } from '#connectors/office365/records.ts';
import { taskShape } from '#connectors/office365/task.ts';
import type { JsonObject } from '#kit/json.ts';

const at = (dateTime: string) => ({ dateTime, timeZone: 'UTC' });
const TIMES = { start: at('2026-06-15T10:00:00'), end: at('2026-06-15T11:00:00') };
const MEETING: JsonObject = { id: 'A1', '@odata.etag': 'W/"1"', iCalUId: 'u1', subject: 'Call', isOrganizer: true, ...TIMES };
const WELL: JsonObject = { ...MEETING, id: 'well' };

const series = (pattern: JsonObject, range: JsonObject): JsonObject => ({
  ...MEETING,
  ...{
    type: 'seriesMaster',
    originalStartTimeZone: 'UTC',
    originalEndTimeZone: 'UTC',
    recurrence: { pattern: { interval: 1, ...pattern }, range },
  },
});
const exception = (originalStart: string): JsonObject => ({ ...MEETING, type: 'exception', seriesMasterId: 'S', originalStart });

describe('Microsoft', () => {
  test.each<[string, JsonObject, string]>([
    ['an exception of a day that is none', exception('2026-02-30T10:00:00Z'), 'originalStart'],
    ['an exception of words', exception('some day in 2000Z'), 'originalStart'],
    ['a series until a day that is none', series({ type: 'daily' }, { type: 'endDate', endDate: '2026-99-99' }), 'recurrence'],
    ['a series on a day nobody knows', series({ type: 'weekly', daysOfWeek: ['constructor'] }, { type: 'noEnd' }), 'recurrence'],
  ])('%s', async (_, event, path) => {
    const { rows, misfits } = await sorted(eventShape, [event, WELL]);
    expect(rows.map(({ id }) => id)).toEqual(['well']);
    expect(misfits).toMatchObject([{ id: 'A1', problems: [{ path }] }]);
  });

  test('a guest who answers with a word that programs know has given no answer', async () => {
    const guest = { emailAddress: { address: 'bob@example.com' }, status: { response: 'constructor' } };
    const { rows } = await sorted(eventShape, [{ ...MEETING, attendees: [guest] }]);
    expect(rows[0]?.fields.attendees).toEqual([{ address: 'bob@example.com', answer: 'none' }]);
  });

  test.each<[string, JsonObject, string]>([
    ['a task whose id is half a character', { id: 'a\ud800', title: 'Call' }, 'id'],
    ['a task whose state is a word that programs know', { id: 'T', title: 'Call', status: 'constructor' }, 'status'],
  ])('%s', async (_, task, path) => {
    const place = { id: 'L', name: 'Tasks' };
    const { rows, misfits } = await sorted(taskShape, [
      { ...task, place },
      { id: 'well', title: 'Write', place },
    ]);
    expect(rows.map(({ id }) => id)).toEqual(['L/well']);
    expect(misfits.flatMap(({ problems }) => problems.map((problem) => problem.path))).toEqual([path]);
  });
});

describe('Google', () => {
  const event = {
    id: 'e1',
    etag: '"1"',
    status: 'confirmed',
    iCalUID: 'u1',
    start: at('2026-06-15T10:00:00Z'),
    end: at('2026-06-15T11:00:00Z'),
  };

  test.each(['some day', '2026-02-30'])('an exception of the day %s', async (date) => {
    const { rows, misfits } = await sortedOfGoogle(googleEvent({ calendar: 'ada@example.com', zone: 'UTC' }), [
      { ...event, recurringEventId: 's1', originalStartTime: { date } },
      { ...event, id: 'well' },
    ]);
    expect(rows.map(({ id }) => id)).toEqual(['ada@example.com/well']);
    expect(misfits).toMatchObject([{ problems: [{ path: 'originalStartTime/date' }] }]);
  });

  test('a document of a kind that nobody knows goes by its name', () => {
    const { fields } = arrived(fileShape, { id: 'f', name: 'Plan', mimeType: 'application/vnd.google-apps.constructor' });
    expect(fields.exportName).toBe('Plan');
  });
});
