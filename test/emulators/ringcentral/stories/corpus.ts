import { direct } from './direct.ts';
import { placed } from './placed.ts';
import type { Story } from './story.ts';

/** Every story, by name. */
export const stories: ReadonlyMap<string, Story> = new Map([...direct, ...placed].map((story) => [story.name, story]));

/** A story by its name. */
export function storyOf(name: string): Story {
  const found = stories.get(name);
  if (found === undefined)
    throw new Error(`there is no story ${JSON.stringify(name)}; there are ${[...stories.keys()].join(', ')}`);
  return found;
}
