/**
 * Which members each kind of thing may have, after Intuit's XML schemas. Anything else in a request is refused (2010), at any depth.
 * A member is `name` for plain values, `name:shape` for an object or a list of objects.
 */
import type { Json } from '#kit/fields.ts';
import { unsupported } from './faults.ts';
import type { Thing } from './thing.ts';

const FRAME = 'Id SyncToken MetaData:Meta CustomField:CustomField AttachableRef:AttachableRef domain status sparse';
const TXN = `${FRAME} DocNumber TxnDate DepartmentRef:Ref CurrencyRef:Ref ExchangeRate PrivateNote TxnStatus LinkedTxn:LinkedTxn Line:Line TxnTaxDetail:TxnTaxDetail TxnSource TransactionLocationType`;
const SALE = `${TXN} AutoDocNumber CustomerRef:Ref CustomerMemo:Ref BillAddr:Address ShipAddr:Address FreeFormAddress ShipFromAddr:Address ClassRef:Ref SalesTermRef:Ref DueDate ShipMethodRef:Ref ShipDate TrackingNum PONumber GlobalTaxCalculation TotalAmt HomeTotalAmt ApplyTaxAfterDiscount PrintStatus EmailStatus BillEmail:Email BillEmailCc:Email BillEmailBcc:Email Balance HomeBalance PaymentMethodRef:Ref PaymentRefNum DepositToAccountRef:Ref DeliveryInfo:DeliveryInfo`;

const SHAPES: { readonly [shape: string]: string } = {
  Ref: 'value name type',
  Meta: 'CreateTime LastUpdatedTime LastModifiedByRef:Ref CreatedByRef:Ref LastChangedInQB Synchronized',
  CustomField: 'DefinitionId Name Type StringValue BooleanValue DateValue NumberValue',
  AttachableRef: 'EntityRef:Ref LineInfo IncludeOnSend Inactive NoRefOnly CustomField:CustomField',
  Address:
    'Id Line1 Line2 Line3 Line4 Line5 City Country CountryCode County CountrySubDivisionCode PostalCode PostalCodeSuffix Lat Long Tag Note',
  Email: 'Id Address Default Tag',
  Phone: 'Id DeviceType CountryCode AreaCode ExchangeCode Extension FreeFormNumber Default Tag',
  Web: 'Id URI Default Tag',
  LinkedTxn: 'TxnId TxnType TxnLineId',
  DeliveryInfo: 'DeliveryType DeliveryTime DeliveryErrorType',
  TxnTaxDetail: 'DefaultTaxCodeRef:Ref TxnTaxCodeRef:Ref TotalTax TaxLine:Line UseAutomatedSalesTax',
  Line: 'Id LineNum Description Amount Received LinkedTxn:LinkedTxn DetailType PaymentLineDetail:PaymentLine DiscountLineDetail:Discount TaxLineDetail:TaxLine SalesItemLineDetail:SalesItem DescriptionLineDetail:DescriptionLine GroupLineDetail:Group SubTotalLineDetail:SubTotal CustomField:CustomField LineEx:Any ProjectRef:Ref CustomExtensions:Any',
  SalesItem:
    'ItemRef:Ref ClassRef:Ref UnitPrice RatePercent PriceLevelRef:Ref MarkupInfo:Any Qty UOMRef:Ref ItemAccountRef:Ref TaxCodeRef:Ref TaxClassificationRef:Ref ServiceDate TaxInclusiveAmt DiscountRate DiscountAmt',
  DescriptionLine: 'ServiceDate TaxCodeRef:Ref',
  Discount: 'DiscountRef:Ref PercentBased DiscountPercent DiscountAccountRef:Ref ServiceDate ClassRef:Ref TaxCodeRef:Ref',
  SubTotal: 'ItemRef:Ref ServiceDate',
  Group: 'GroupItemRef:Ref Quantity Line:Line ServiceDate',
  PaymentLine: 'ItemRef:Ref ServiceDate ClassRef:Ref Balance Discount:Any',
  TaxLine: 'TaxRateRef:Ref PercentBased TaxPercent NetAmountTaxable TaxInclusiveAmount OverrideDeltaAmount ServiceDate',
  TaxRates: 'TaxRateDetail:TaxRateDetail originatingGroupId',
  TaxRateDetail: 'TaxRateRef:Ref TaxTypeApplicable TaxOrder TaxOnTaxOrder',
  Customer: `${FRAME} Title GivenName MiddleName FamilyName Suffix FullyQualifiedName CompanyName DisplayName PrintOnCheckName Active PrimaryPhone:Phone AlternatePhone:Phone Mobile:Phone Fax:Phone PrimaryEmailAddr:Email WebAddr:Web OtherContactInfo:Any DefaultTaxCodeRef:Ref Taxable BillAddr:Address ShipAddr:Address OtherAddr:Address Notes Job BillWithParent RootCustomerRef:Ref ParentRef:Ref Level CustomerTypeRef:Ref SalesTermRef:Ref PaymentMethodRef:Ref Balance OpenBalanceDate BalanceWithJobs AcctNum CurrencyRef:Ref PreferredDeliveryMethod ResaleNum ARAccountRef:Ref PrimaryTaxIdentifier SecondaryTaxIdentifier TaxExemptionReasonId IsProject BusinessNumber ClientEntityId Source`,
  Vendor: `${FRAME} Title GivenName MiddleName FamilyName Suffix CompanyName DisplayName PrintOnCheckName Active PrimaryPhone:Phone PrimaryEmailAddr:Email BillAddr:Address Balance CurrencyRef:Ref Vendor1099`,
  Employee: `${FRAME} Title GivenName MiddleName FamilyName Suffix DisplayName PrintOnCheckName Active PrimaryPhone:Phone PrimaryEmailAddr:Email PrimaryAddr:Address`,
  Item: `${FRAME} Name Sku Description Active SubItem ParentRef:Ref Level FullyQualifiedName Taxable SalesTaxIncluded UnitPrice Type IncomeAccountRef:Ref PurchaseDesc PurchaseTaxIncluded PurchaseCost ExpenseAccountRef:Ref AssetAccountRef:Ref TrackQtyOnHand QtyOnHand ReorderPoint SalesTaxCodeRef:Ref PurchaseTaxCodeRef:Ref InvStartDate ItemGroupDetail:Any TaxClassificationRef:Ref ClassRef:Ref Source`,
  Account: `${FRAME} Name SubAccount ParentRef:Ref Description FullyQualifiedName Active Classification AccountType AccountSubType AcctNum CurrentBalance CurrencyRef:Ref TaxCodeRef:Ref`,
  Term: `${FRAME} Name Active Type DiscountPercent DueDays DiscountDays DayOfMonthDue DueNextMonthDays DiscountDayOfMonth`,
  TaxCode: `${FRAME} Name Description Active Hidden Taxable TaxGroup SalesTaxRateList:TaxRates PurchaseTaxRateList:TaxRates`,
  TaxRate: `${FRAME} Name Description Active RateValue AgencyRef:Ref SpecialTaxType DisplayType`,
  Invoice: `${SALE} Deposit AllowIPNPayment AllowOnlinePayment AllowOnlineCreditCardPayment AllowOnlineACHPayment InvoiceLink`,
  Estimate: `${SALE} ExpirationDate AcceptedBy AcceptedDate`,
  CreditMemo: `${SALE} RemainingCredit InvoiceRef:Ref`,
  Payment: `${TXN} CustomerRef:Ref ARAccountRef:Ref DepositToAccountRef:Ref PaymentMethodRef:Ref PaymentRefNum TotalAmt UnappliedAmt ProcessPayment`,
  Attachable: `${FRAME} FileName FileAccessUri TempDownloadUri Size ContentType Category Lat Long PlaceName Note Tag`,
};

interface Shape {
  members: ReadonlyMap<string, string | undefined>;
}

const shapes = new Map<string, Shape>(
  Object.entries(SHAPES).map(([name, members]) => [
    name,
    {
      members: new Map(
        members.split(' ').map((member) => {
          const [own = '', inner] = member.split(':');
          return [own, inner];
        }),
      ),
    },
  ]),
);

/** Throws 2010 for the first member that the shape does not know. */
export function checkMembers(body: Thing, entity: string, shape = entity): void {
  const known = shapes.get(shape);
  if (known === undefined) return;
  for (const [member, value] of Object.entries(body)) {
    if (!known.members.has(member)) throw unsupported(member, entity);
    const inner = known.members.get(member);
    if (inner === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== null && typeof one === 'object' && !Array.isArray(one)) checkMembers(one, entity, inner);
    }
  }
}

/** Does the entity have this member, on a dotted path? In any case of its letters, as queries may write it. */
export function memberOf(entity: string, path: string): string[] | undefined {
  let shape: string | undefined = entity;
  const found: string[] = [];
  for (const part of path.split('.')) {
    const members: ReadonlyMap<string, string | undefined> | undefined =
      shape && shapes.get(shape) ? shapes.get(shape)!.members : undefined;
    const own: string | undefined = members && [...members.keys()].find((one) => one.toLowerCase() === part.toLowerCase());
    if (members === undefined || own === undefined) return undefined;
    found.push(own);
    shape = members.get(own);
  }
  return found;
}

/** A value as it lies on a path; of lists the first object. */
export function valueAt(from: Thing, path: readonly string[]): Json | undefined {
  let value: Json | undefined = from;
  for (const part of path) {
    if (Array.isArray(value)) value = value[0];
    value = value !== null && typeof value === 'object' && !Array.isArray(value) ? value[part] : undefined;
  }
  return value;
}
