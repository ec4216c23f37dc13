/** Sends with an access token; once more with another one when the service refuses a token we thought alive. */
import type { Context } from './context.ts';

export async function withToken<T>(
  ctx: Pick<Context, 'token'>,
  send: (token: string) => Promise<T>,
  isRefused: (error: unknown) => boolean,
): Promise<T> {
  const token = await ctx.token();
  try {
    return await send(token);
  } catch (error) {
    if (!isRefused(error)) throw error;
    const another = await ctx.token(token);
    if (another === token) throw error;
    return await send(another);
  }
}
