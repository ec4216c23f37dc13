/** Which company is connected, and what of it matters when its books are read and written. */
import type { Account } from '#kit/connector.ts';
import type { Context } from '#kit/context.ts';
import { Changed } from '#kit/errors.ts';
import type { Fields } from '#kit/fields.ts';
import { type JsonObject, objectOf, textOf } from '#kit/json.ts';
import { put } from '#kit/values.ts';
import { ask, realmOf } from './client.ts';
import { refOf } from './things.ts';

export const settings = {
  incomeAccount: { kind: 'text', title: 'Account on which new items are sold, by its id (the first income account)', max: 25 },
  realm: { kind: 'text', title: 'Company at QuickBooks', readOnly: true, max: 20 },
  country: { kind: 'text', title: 'Country', readOnly: true },
  currency: { kind: 'text', title: 'Home currency', readOnly: true, max: 3 },
  multicurrency: { kind: 'flag', title: 'Several currencies', readOnly: true },
  taxes: { kind: 'choice', title: 'Sales tax', options: ['us', 'automatic', 'global', 'none'], readOnly: true },
  numbersItself: { kind: 'flag', title: 'QuickBooks numbers documents', readOnly: true },
  closedUntil: { kind: 'date', title: 'Books closed until', readOnly: true },
  timeZone: { kind: 'text', title: 'Time zone', readOnly: true },
} satisfies Fields;

export async function check(ctx: Context): Promise<Account> {
  const id = realmOf(ctx);
  const name = 'companyinfo';
  const company = objectOf(
    (await ask(ctx, { name }, (sdk, done) => sdk.getCompanyInfo(id, done), { repeatable: true })).CompanyInfo,
  );
  const title = textOf(company?.CompanyName);
  if (company === undefined || title === undefined) {
    throw new Changed(
      `${name}: no CompanyName in the answer`,
      'QuickBooks answers in a way we do not know. Tell the maintainer.',
    );
  }
  const country = textOf(company.Country);
  const found: NonNullable<Account['settings']> = { realm: id, ...(await preferences(ctx, country)) };
  put(found, 'country', country);
  put(found, 'timeZone', company.DefaultTimeZone);
  return { id, title, settings: found };
}

async function preferences(ctx: Context, country: string | undefined): Promise<NonNullable<Account['settings']>> {
  const answer = await ask(ctx, { name: 'preferences' }, (sdk, done) => sdk.getPreferences(done), { repeatable: true });
  const said = objectOf(answer.Preferences);
  const [money, tax, forms] = [objectOf(said?.CurrencyPrefs), objectOf(said?.TaxPrefs), objectOf(said?.SalesFormsPrefs)];
  const found: NonNullable<Account['settings']> = {};
  put(found, 'currency', refOf(money?.HomeCurrency));
  put(found, 'multicurrency', money?.MultiCurrencyEnabled);
  put(found, 'numbersItself', forms === undefined ? undefined : forms.CustomTxnNumbers !== true);
  put(found, 'closedUntil', textOf(objectOf(said?.AccountingInfoPrefs)?.BookCloseDate)?.slice(0, 10));
  if (tax?.UsingSalesTax === false) found.taxes = 'none';
  else if (country === 'US') found.taxes = tax?.PartnerTaxEnabled === true ? 'automatic' : 'us';
  else found.taxes = 'global';
  return found;
}

/** The date it is where the company is. Left out, the service would take that of its own zone. */
function todayAt({ settings, now }: Pick<Context, 'settings' | 'now'>): string {
  const zone = textOf(settings.timeZone) ?? 'UTC';
  const instant = Temporal.Instant.fromEpochMilliseconds(Math.floor(now()));
  try {
    return instant.toZonedDateTimeISO(zone).toPlainDate().toString();
  } catch {
    return instant.toZonedDateTimeISO('UTC').toPlainDate().toString();
  }
}

/** What a new document says besides: its date, and outside the US how prices and tax stand. */
export function newDocument(ctx: Pick<Context, 'settings' | 'now'>, { GlobalTaxCalculation, ...body }: JsonObject): JsonObject {
  const mode: JsonObject = ctx.settings.taxes === 'global' && GlobalTaxCalculation !== undefined ? { GlobalTaxCalculation } : {};
  return { TxnDate: todayAt(ctx), ...body, ...mode };
}
