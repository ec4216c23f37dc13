/** Questions that wait together are answered together: one round at a time, with all that came during the one before. */

export type Ask<Q, A> = (question: Q) => Promise<A>;

/** `answer` gives an answer for each question, in their order; where it throws, all of its round hear of it. */
export function inRounds<Q, A>(most: number, answer: (questions: readonly Q[]) => Promise<readonly A[]>): Ask<Q, A> {
  interface Waiting {
    question: Q;
    resolve(answer: A): void;
    reject(error: unknown): void;
  }
  const waiting: Waiting[] = [];
  let running = false;

  async function run(): Promise<void> {
    running = true;
    while (waiting.length > 0) {
      const round = waiting.splice(0, most);
      try {
        const answers = await answer(round.map(({ question }) => question));
        for (const [n, { resolve }] of round.entries()) resolve(answers[n]!);
      } catch (error) {
        for (const { reject } of round) reject(error);
      }
    }
    running = false;
  }

  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve, reject });
      if (!running) void run();
    });
}
