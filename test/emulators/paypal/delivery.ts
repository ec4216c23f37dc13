import type { Traffic } from '../kit/traffic.ts';

/** Posts to an address; the status of the answer, 0 where none came within so many ms. The traffic log has it before it is sent. */
export async function post(
  url: string,
  headers: { readonly [name: string]: string },
  body: string,
  within: number,
  traffic: Traffic | undefined,
): Promise<number> {
  traffic?.notified({ service: 'paypal', url, headers, body });
  try {
    const answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(within) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}
