/** What a consent page asks. */
export interface Consent {
  /** Where the form is posted. */
  action: string;
  /** Names the pending wish. */
  ticket: string;
  appTitle: string;
  accounts: readonly { id: string; email: string; title: string }[];
  /** The account that is chosen at first. */
  chosen: string;
  /** Scopes the person may untick. */
  scopes: readonly { scope: string; title: string }[];
}

/** A page a person (or a browser under test) can answer: one form with accounts, scopes, Allow and Deny. */
export function consentPage({ action, ticket, appTitle, accounts, chosen, scopes }: Consent): string {
  const people = accounts.map(
    ({ id, email, title }) =>
      `<label><input type="radio" name="account" value="${escaped(id)}"${id === chosen ? ' checked' : ''}> ${escaped(title)} &lt;${escaped(email)}&gt;</label>`,
  );
  const wishes = scopes.map(
    ({ scope, title }) =>
      `<label><input type="checkbox" name="scope" value="${escaped(scope)}" checked> ${escaped(title)} <small>${escaped(scope)}</small></label>`,
  );
  return page(
    `${appTitle} wants to access your account`,
    `<form method="post" action="${escaped(action)}">
<input type="hidden" name="ticket" value="${escaped(ticket)}">
<fieldset><legend>Account</legend>${people.join('<br>')}</fieldset>
<fieldset><legend>What ${escaped(appTitle)} may do</legend>${wishes.join('<br>')}</fieldset>
<p><button type="submit" name="decision" value="allow" id="allow">Allow</button>
<button type="submit" name="decision" value="deny" id="deny">Deny</button></p>
</form>`,
  );
}

/** The page a service shows where it does not trust the app enough to send the person back. */
export function refusalPage(title: string, detail: string): string {
  return page(title, `<p>${escaped(detail)}</p>`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title>
<style>body{font:16px/1.5 system-ui;max-width:34rem;margin:4rem auto;padding:0 1rem}fieldset{margin:1rem 0;border:1px solid #ccc}
button{font:inherit;padding:.5rem 1.5rem}small{color:#666}</style></head>
<body><h1>${escaped(title)}</h1>${body}</body></html>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
