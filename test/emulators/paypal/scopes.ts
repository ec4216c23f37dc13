/** Permissions of apps are named so, and by what they allow. */
export const SCOPE = 'https://uri.paypal.com/services/';

/** All that is ticked for an app that may do everything here. */
export const SCOPES: readonly string[] = [
  'invoicing',
  'reporting/search/read',
  'reporting/balances/read',
  'subscriptions',
  'disputes/read-seller',
  'disputes/update-seller',
  'payments/payment/authcapture',
  'payments/refund',
  'applications/webhooks',
].map((one) => SCOPE + one);
