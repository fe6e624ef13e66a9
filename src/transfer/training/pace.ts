/** How fast a training is, and how long the rest takes. */
import type { TrainingProgress } from "./options.js";

type Times = Pick<
  TrainingProgress,
  "samplesPerSecond" | "epochSecondsLeft" | "runSecondsLeft" | "decodeShare"
>;

export class Pace {
  private begun = 0;
  private waited = 0;
  /** Seconds of the last epoch with its validation; the first one of a process is slower, since it compiles. */
  private lastEpoch: number | undefined;

  /** @param now milliseconds */
  constructor(private readonly now: () => number = () => performance.now()) {}

  beginEpoch(): void {
    [this.begun, this.waited] = [this.now(), 0];
  }

  /** @param waited milliseconds that a step waited for its samples */
  stepped(waited: number): void {
    this.waited += waited;
  }

  /** @returns its seconds */
  endEpoch(): number {
    this.lastEpoch = (this.now() - this.begun) / 1000;
    return this.lastEpoch;
  }

  /** @param epochsLeft after this one */
  times(step: number, steps: number, samples: number, epochsLeft: number): Times {
    const seconds = (this.now() - this.begun) / 1000;
    const epochSecondsLeft = step === 0 ? NaN : (seconds / step) * (steps - step);
    const wholeEpoch = this.lastEpoch ?? seconds + epochSecondsLeft;
    return {
      samplesPerSecond: seconds > 0 ? samples / seconds : 0,
      epochSecondsLeft,
      runSecondsLeft: epochSecondsLeft + epochsLeft * wholeEpoch,
      decodeShare: seconds > 0 ? Math.min(1, this.waited / 1000 / seconds) : 0,
    };
  }
}
