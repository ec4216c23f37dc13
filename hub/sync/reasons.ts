/**
 * The closed list of reasons why a row or record is not in step, or why something waits. The same words stand in plans, in held
 * questions and in what `why` answers.
 */
export const REASONS = {
  'not read yet': 'The row has not been read since the connection was made; the first pass is not finished.',
  'unknown row':
    'Nothing that was read bears this id. Look at the id and the stream; if it is new at the service, run the sync and ask again.',
  'connection paused': 'The connection is paused: sign in again to resume it.',
  'sync waiting': 'Nobody has started this sync yet: preview it, then execute the preview.',
  'sync paused': 'The sync is paused; its reason stands beside it.',
  outside: 'The condition `only` of the mapping leaves it out.',
  older: 'It is older than the day from which the history of its account was imported.',
  'creation off': 'The mapping does not create a counterpart on this side.',
  personal: "It, or a value of it, comes from another person's account, and the mapping does not let people share.",
  'other books': 'It, or a value of it, stands in the books of another connection, and the mapping keeps books apart.',
  'not its lines':
    'Something stands on the whole of it (a discount, shipping, a tax of no line): other books would make another sum of it. Enter it there by hand.',
  copy: 'The service keeps this row itself, as a copy of one in another account (a guest’s of a meeting): it is never written to.',
  elsewhere: 'Such a thing stands in one account only: it is in another, or this is not its owner’s.',
  archived: 'The record is archived; archived records are not sent.',
  duplicate: 'Another row of this stream already stands for the same record; this one is held as a duplicate.',
  ambiguous: 'Several records fit equally well; a person has to choose.',
  'possible match': 'A record shares a key with it, but the names differ; a person has to say whether they are the same.',
  misfit: 'The row breaks the fields its stream declares; its problems are listed.',
  awaited: 'It refers to something that is not on the other side yet; it goes on by itself as soon as that is there.',
  unmappable: 'A rule of the mapping could not translate a value of it.',
  conflict: 'Both sides changed a field and the mapping says to ask.',
  flipping: 'A field changes back and forth; another tool seems to write it too.',
  'edited here, gone there': 'The record was edited after the last agreement, and the row was deleted.',
  'archived here, edited there': 'The record was archived, and the row was edited since.',
  refused: 'The service refused what we wanted to write; its reason is quoted.',
  unsure: 'We sent a creation and had no answer; it waits until a look is reliable.',
  stale: 'The service kept reporting that the row had changed; three attempts were made.',
  brake: 'More changes than the brake allows in a day; a person has to agree.',
  failed: 'The database refused to keep it; its message is quoted.',
  severed: 'A person cut the tie between the two; it is not tied again by itself.',
  gone: 'The row was deleted at the service.',
  parted: 'An undo left the two different on purpose; neither side moves until someone edits.',
  rendering: 'The service shows what we wrote in another form.',
  owed: 'A change is on its way to the service.',
  'in flight': 'A change is being delivered just now.',
  settling: 'Reads may still show the old value; the row is looked at again shortly.',
  'in step': 'Nothing is owed: both sides agree.',
  'sourced elsewhere': 'Another connection is the source of a field: nothing is taken from here.',
  'not mapped': 'No mapping of this workspace covers this kind of thing.',
} as const;

export type Reason = keyof typeof REASONS;
