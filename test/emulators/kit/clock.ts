/** A clock one can turn: real time plus what it was turned by. Everything an emulator lets expire reads it. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Moves the clock by so many milliseconds; backwards with a negative number. */
  turn(ms: number): void;
}

/** A clock that runs with real time, or stands still at `at` until it is turned. */
export function createClock(at?: number): Clock {
  let turned = 0;
  return {
    now: () => (at ?? Date.now()) + turned,
    turn: (ms) => {
      turned += ms;
    },
  };
}
