/** The database cannot be used as it is. `advice` says what the person should do. */
export class DatabaseTrouble extends Error {
  readonly advice: string;
  constructor(message: string, advice: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.advice = advice;
  }
}
