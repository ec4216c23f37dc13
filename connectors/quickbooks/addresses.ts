/** Postal addresses: one for bills, one for deliveries. */
import type { Json, Values } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { type Members, Unplaced } from './members.ts';

const PLACES = [
  ['BillAddr', 'billing'],
  ['ShipAddr', 'shipping'],
] as const;

const PARTS = [
  ['city', 'City'],
  ['region', 'CountrySubDivisionCode'],
  ['postalCode', 'PostalCode'],
  ['country', 'Country'],
] as const;

const STREET = ['Line1', 'Line2', 'Line3', 'Line4', 'Line5'] as const;

export function addressesOf(raw: JsonObject): Values[] {
  return PLACES.flatMap(([member, type]) => {
    const item = addressOf(objectOf(raw[member]));
    return Object.keys(item).length === 0 ? [] : [{ type, ...item }];
  });
}

function addressOf(address: JsonObject = {}): Values {
  const item: Values = {};
  const street = STREET.map((line) => textOf(address[line])).filter((line) => line !== undefined);
  put(item, 'street', street.join('\n'));
  for (const [ours, theirs] of PARTS) put(item, ours, address[theirs]);
  return item;
}

/** Both members: an address that is not among the items is cleared. Undeclared parts stay where the declared ones do not change. */
export function addressMembers(items: readonly JsonObject[], raw: JsonObject): Members {
  const placed = new Map<string, JsonObject>();
  const waiting: JsonObject[] = [];
  for (const item of items) {
    const place = PLACES.find(([member, type]) => type === item.type && !placed.has(member))?.[0];
    if (place === undefined) waiting.push(item);
    else placed.set(place, item);
  }
  for (const item of waiting) {
    const place = PLACES.find(([member]) => !placed.has(member))?.[0];
    if (place === undefined) throw new Unplaced('addresses', 'QuickBooks has no place left for another one');
    placed.set(place, item);
  }
  return Object.fromEntries(
    PLACES.flatMap(([member]) => {
      const item = placed.get(member);
      if (item !== undefined) return [[member, composed(item, objectOf(raw[member]))]];
      return addressesOf({ [member]: raw[member] ?? null }).length === 0 ? [] : [[member, composed({}, undefined)]];
    }),
  );
}

function composed(item: JsonObject, old: JsonObject = {}): Json {
  const { Id: _, Lat: _lat, Long: _long, ...kept } = old;
  const lines = (textOf(item.street) ?? '').split('\n');
  if (lines.length > STREET.length)
    throw new Unplaced('addresses', `a street has ${lines.length} lines; QuickBooks takes ${STREET.length}`);
  const address: JsonObject = { ...kept };
  for (const [at, line] of STREET.entries()) address[line] = lines[at] ?? '';
  for (const [ours, theirs] of PARTS) address[theirs] = item[ours] ?? '';
  return address;
}
