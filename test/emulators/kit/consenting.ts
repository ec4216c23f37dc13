/** What somebody answers on the consent page. */
export interface Decision {
  /** E-mail address or id; absent: the account the page has chosen. */
  account?: string;
  /** Scopes left ticked; absent: all. */
  scopes?: readonly string[];
  deny?: boolean;
}

/** Opens an authorise address, fills the consent form in and sends it; gives the address the browser is sent back to. */
export async function answerConsent(authoriseUrl: string, decision: Decision = {}): Promise<string> {
  const page = await fetch(authoriseUrl, { redirect: 'manual' });
  const straight = page.headers.get('location');
  if (straight) return straight;
  const html = await page.text();
  if (page.status !== 200) throw new Error(`no consent page but ${page.status}: ${/<h1>(.*?)<\/h1>/.exec(html)?.[1] ?? html}`);
  const inputs = [...html.matchAll(/<input type="(\w+)" name="(\w+)" value="([^"]*)"( checked)?/g)];
  const form = new URLSearchParams({ decision: decision.deny ? 'deny' : 'allow' });
  for (const [, type, name = '', value = '', checked] of inputs) {
    if (type !== 'hidden' && !checked) continue;
    if (name === 'account' && decision.account !== undefined) continue;
    if (name === 'scope' && decision.scopes !== undefined && !decision.scopes.includes(unescaped(value))) continue;
    form.append(name, unescaped(value));
  }
  if (decision.account !== undefined) form.set('account', decision.account);
  const action = /<form method="post" action="([^"]*)"/.exec(html)?.[1] ?? '';
  const sent = await fetch(new URL(action, authoriseUrl), { method: 'POST', body: form, redirect: 'manual' });
  const location = sent.headers.get('location');
  if (location === null) throw new Error(`the consent form was answered ${sent.status} without a redirect`);
  return location;
}

function unescaped(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
}
