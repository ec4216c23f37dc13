import { between } from './between.ts';
import { consultations } from './consultations.ts';
import { menus } from './menus.ts';
import { moves } from './moves.ts';
import { numbers } from './numbers.ts';
import { odd } from './odd.ts';
import { placed } from './placed.ts';
import { queues } from './queues.ts';
import { several } from './several.ts';
import type { Story } from './story.ts';
import { taken } from './taken.ts';
import { transfers } from './transfers.ts';
import { untakenCalls } from './untaken.ts';

/** Every story, by name. */
export const stories: ReadonlyMap<string, Story> = new Map(
  [taken, untakenCalls, between, numbers, menus, queues, moves, transfers, consultations, several, placed, odd]
    .flat()
    .map((story) => [story.name, story]),
);

/** A story by its name. */
export function storyOf(name: string): Story {
  const found = stories.get(name);
  if (found === undefined)
    throw new Error(`there is no story ${JSON.stringify(name)}; there are ${[...stories.keys()].join(', ')}`);
  return found;
}
