/** zod schemas as the JSON schemas of an OpenAPI document: those with an id stand once, under `components`. */
import { z } from 'zod';
import type { Json } from '#kit/fields.ts';

type JsonObject = { [name: string]: Json };

const IN_SCHEMA = '#/$defs/';
const IN_DOCUMENT = '#/components/schemas/';

export class Components {
  readonly schemas: JsonObject = {};
  #unnamed = 0;

  /** The JSON schema of what is sent, as a place in the document may hold it. Its definitions are moved to `schemas`. */
  of(schema: z.ZodType): JsonObject {
    const { $schema: _, $defs = {}, ...own } = plain(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
    const names = new Map<string, string>();
    const definitions = Object.entries($defs as JsonObject);
    for (const [name] of definitions) names.set(name, name.startsWith('__schema') ? `Part${++this.#unnamed}` : name);
    for (const [name, definition] of definitions) {
      const { id: _id, ...body } = moved(definition, names) as JsonObject;
      this.schemas[names.get(name)!] = body;
    }
    const { id: _id, ...body } = moved(own, names) as JsonObject;
    return body;
  }
}

/** zod's result holds class instances and undefined; what JSON keeps of it is what counts. */
function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

function moved(value: Json, names: ReadonlyMap<string, string>): Json {
  if (Array.isArray(value)) return value.map((item) => moved(item, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name !== '$ref' || typeof inner !== 'string') return [name, moved(inner, names)];
      if (inner === '#') throw new Error('A schema that refers to itself needs an id: .meta({ id: … }).');
      const target = inner.slice(IN_SCHEMA.length);
      return [name, IN_DOCUMENT + (names.get(target) ?? target)];
    }),
  );
}
