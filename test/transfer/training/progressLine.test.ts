/** How far a training is, in words. */
import { describe, expect, it } from "vitest";
import type { TrainingProgress } from "../../../src/transfer/training/options.js";
import { Pace } from "../../../src/transfer/training/pace.js";
import { describeEpoch, describeProgress } from "../../../src/transfer/training/progressLine.js";
import { TrainingLog } from "../../../src/transfer/training/trainingLog.js";

const progress: TrainingProgress = {
  ...{ epoch: 3, epochs: 30, step: 40, steps: 100, samples: 800, samplesPerSecond: 52.4 },
  ...{ epochSecondsLeft: 22.9, runSecondsLeft: 1055, decodeShare: 0.048 },
  logs: { loss: 0.51234, acc: 0.78 },
};

describe("the line of a training", () => {
  it("says everything where there is room", () => {
    expect(describeProgress(progress)).toBe(
      "Epoch 3/30 [========>           ] 40/100, 52 img/s, epoch 23s left, run 17m35s left" +
        " - loss: 0.5123 - acc: 0.7800 - GPU 95%, decoding 5%",
    );
  });

  it("is never wider than the terminal, and keeps the epoch and the loss longest", () => {
    for (let columns = 10; columns < 150; columns++)
      expect(describeProgress(progress, columns).length).toBeLessThanOrEqual(columns);
    expect(describeProgress(progress, 59)).toBe("Epoch 3/30 40/100, run 17m35s left - loss: 0.5123");
    expect(describeProgress(progress, 34)).toBe("Epoch 3/30 40/100 - loss: 0.5123");
    expect(describeProgress(progress, 10)).toBe("Epoch 3/30");
  });

  it("guesses nothing before the first step", () => {
    const begun = { ...progress, step: 0, samples: 0, epochSecondsLeft: NaN, runSecondsLeft: NaN, logs: {} };
    expect(describeProgress(begun)).toBe("Epoch 3/30 [>                   ] 0/100");
  });
});

it("estimates the rest of the epoch and of the run", () => {
  let now = 1000;
  const pace = new Pace(() => now);
  pace.beginEpoch();
  expect(pace.times(0, 4, 0, 2)).toMatchObject({
    epochSecondsLeft: NaN,
    runSecondsLeft: NaN,
    decodeShare: 0,
  });
  now += 1000;
  pace.stepped(250);
  // 4 s for this epoch and each of the two after it.
  const first = { samplesPerSecond: 8, epochSecondsLeft: 3, runSecondsLeft: 11, decodeShare: 0.25 };
  expect(pace.times(1, 4, 8, 2)).toEqual(first);
  now += 1000;
  expect(pace.endEpoch()).toBe(2);
  pace.beginEpoch();
  now += 500;
  expect(pace.times(2, 4, 16, 1)).toMatchObject({
    epochSecondsLeft: 0.5,
    runSecondsLeft: 2.5,
    decodeShare: 0,
  });
});

it("marks an epoch that is the best so far, those before a resumption included", async () => {
  const lines: string[] = [];
  const log = new TrainingLog(
    4,
    { onEpoch: (epoch) => void lines.push(describeEpoch(epoch)) },
    { loss: [1], val_loss: [0.5] },
  );
  const callback = log.callback({ steps: 1, samples: 8, batchSize: 8 });
  for (const [i, val_loss] of [0.6, 0.4, 0.4].entries()) {
    await callback.onEpochBegin?.(i + 1);
    await callback.onEpochEnd?.(i + 1, { loss: 0.1, val_loss });
  }
  expect(lines.map((line) => line.replace(/[\d.]+s/, "T"))).toEqual([
    "Epoch 2/4 - T - loss: 0.1000 - val_loss: 0.6000",
    "Epoch 3/4 - T - loss: 0.1000 - val_loss: 0.4000 - best so far",
    "Epoch 4/4 - T - loss: 0.1000 - val_loss: 0.4000",
  ]);
});
