/** Callbacks that watch a figure, against those of Keras 3.15.1 (test/golden/callbacks/make.py). */
import { readFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  EarlyStopping,
  LearningRateScheduler,
  ModelCheckpoint,
  ReduceLROnPlateau,
  TerminateOnNaN,
  type MonitorMode,
} from "../../src/models/callbacks/index.js";
import { ExponentialDecay } from "../../src/models/optimizers/schedules/index.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import type { Logs } from "../../src/models/training/history.js";
import { FakeModel, fitFigures, withFolder } from "../support/fakeFit.js";
import { goldenPath } from "../support/golden.js";

interface Options {
  patience?: number;
  min_delta?: number;
  baseline?: number;
  start_from_epoch?: number;
  mode?: MonitorMode;
  cooldown?: number;
  factor?: number;
  min_lr?: number;
  save_best_only?: boolean;
  initial_value_threshold?: number;
}
interface Case {
  figures: (number | null)[];
  options: Options;
}
interface Golden {
  early_stopping: (Case & { ran: number; best: number; restored: number })[];
  reduce: (Case & { rates: number[] })[];
  checkpoint: (Case & { saved: string[] })[];
}
const golden = JSON.parse(readFileSync(goldenPath("callbacks/callbacks.json"), "utf8")) as Golden;
const usage = expect.objectContaining({ code: "usage" }) as Error;

/** What Keras was shown in an epoch: a missing figure leaves another one. */
const epochs = ({ figures }: Case) =>
  figures.map((value): Logs => (value === null ? { other: 1 } : { val_loss: value }));
const title = ({ figures, options }: Case) => `${JSON.stringify(options)} on ${figures.join(" ")}`;

// Figures that are missing are warned of; that has a test of its own.
const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => undefined);
afterEach(() => warn.mockClear());

describe("EarlyStopping", () => {
  it.each(golden.early_stopping.map((c) => [title(c), c] as const))(
    "does as Keras does: %s",
    async (_, c) => {
      const { patience, min_delta: minDelta, baseline, start_from_epoch: startFromEpoch, mode } = c.options;
      const stopping = new EarlyStopping({
        ...{ patience, minDelta, baseline, startFromEpoch, mode },
        restoreBestWeights: true,
      });
      const model = new FakeModel();
      const { ran } = await fitFigures(model, [stopping], epochs(c));
      expect({ ran, best: stopping.bestEpoch, restored: model.restored }).toEqual({
        ran: c.ran,
        best: c.best,
        restored: c.restored,
      });
      const isCut = ran < c.figures.length;
      if (isCut) expect(stopping.stoppedEpoch).toBe(ran - 1);
    },
  );

  it("begins anew at each fit, and leaves weights alone unless asked", async () => {
    const stopping = new EarlyStopping({ patience: 2 });
    const model = new FakeModel();
    for (let fit = 0; fit < 2; fit++) {
      const { ran } = await fitFigures(
        model,
        [stopping],
        [{ val_loss: 1 + fit }, { val_loss: 5 }, { val_loss: 5 }],
      );
      expect(ran).toBe(3);
      expect(stopping.stoppedEpoch).toBe(2);
    }
    expect(model.restored).toBeUndefined();
  });

  it("never takes NaN for an improvement", async () => {
    const stopping = new EarlyStopping({ patience: 3, monitor: "loss" });
    const losses = [NaN, 3, NaN, 2, 4].map((loss) => ({ loss }));
    await fitFigures(new FakeModel(), [stopping], losses);
    expect(stopping.bestEpoch).toBe(3);
  });

  it("tells the direction by the name, or asks for it", () => {
    for (const monitor of ["val_acc", "accuracy", "loss", "val_loss"]) {
      expect(() => new EarlyStopping({ monitor })).not.toThrow();
    }
    expect(() => new EarlyStopping({ monitor: "learning_rate" })).toThrow(usage);
    expect(() => new EarlyStopping({ monitor: "learning_rate", mode: "max" })).not.toThrow();
  });

  it("follows a rising accuracy", async () => {
    const stopping = new EarlyStopping({ monitor: "val_acc", patience: 1 });
    const { ran } = await fitFigures(
      new FakeModel(),
      [stopping],
      [0.5, 0.6, 0.7, 0.7, 0.9].map((v) => ({ val_acc: v })),
    );
    expect([ran, stopping.bestEpoch]).toEqual([4, 2]);
  });

  it("warns once where the figure is missing", async () => {
    await fitFigures(new FakeModel(), [new EarlyStopping()], [{ loss: 1 }, { loss: 2 }, { loss: 3 }]);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0][0]).toBe("EarlyStopping: there is no val_loss to go by; there are: loss");
  });
});

describe("ReduceLROnPlateau", () => {
  it.each(golden.reduce.map((c) => [title(c), c] as const))("does as Keras does: %s", async (_, c) => {
    const { patience, cooldown, factor, min_lr: minLearningRate, min_delta: minDelta, mode } = c.options;
    const reduce = new ReduceLROnPlateau({ patience, cooldown, factor, minLearningRate, minDelta, mode });
    const { logs } = await fitFigures(new FakeModel(), [reduce], epochs(c));
    expect(logs).toHaveLength(c.rates.length);
    logs.forEach((l, i) => expect(Math.abs(l.learning_rate / c.rates[i] - 1)).toBeLessThan(1e-6));
  });

  it("refuses a factor that does not reduce", () => {
    for (const factor of [1, 0, -1, NaN]) expect(() => new ReduceLROnPlateau({ factor })).toThrow(usage);
  });

  it("says that a schedule cannot be reduced", async () => {
    const schedule = new ExponentialDecay({ initialLearningRate: 1, decaySteps: 1, decayRate: 0.5 });
    const model = new FakeModel(new SGD({ learningRate: schedule }));
    const fit = fitFigures(
      model,
      [new ReduceLROnPlateau({ patience: 1 })],
      [{ val_loss: 1 }, { val_loss: 1 }],
    );
    await expect(fit).rejects.toThrow(/follows ExponentialDecay/);
  });
});

describe("LearningRateScheduler", () => {
  it("sets the rate of each epoch from the last one's, and notes it", async () => {
    const model = new FakeModel();
    const halve = new LearningRateScheduler((epoch, rate) => (epoch === 0 ? rate : rate / 2));
    const { logs } = await fitFigures(model, [halve], [{ loss: 1 }, { loss: 1 }, { loss: 1 }]);
    expect(logs.map((l) => l.learning_rate)).toEqual([1, 0.5, 0.25]);
    expect(model.compilation.optimizer.hyper()[0]).toBe(0.25);
  });

  it("refuses what is no rate", async () => {
    const fit = fitFigures(new FakeModel(), [new LearningRateScheduler(() => NaN)], [{ loss: 1 }]);
    await expect(fit).rejects.toThrow(usage);
  });

  it("says that it was not given to a fit", () => {
    expect(() => new LearningRateScheduler(() => 1).onEpochBegin(0)).toThrow(
      /pass the callback to model.fit/,
    );
  });
});

describe("ModelCheckpoint", () => {
  it.each(golden.checkpoint.map((c) => [title(c), c] as const))("does as Keras does: %s", async (_, c) => {
    await withFolder(async (folder) => {
      const {
        save_best_only: saveBestOnly,
        initial_value_threshold: initialValueThreshold,
        mode,
      } = c.options;
      const filepath = join(folder, "deep", "{epoch:02d}.h5");
      const checkpoint = new ModelCheckpoint({ filepath, saveBestOnly, initialValueThreshold, mode });
      await fitFigures(new FakeModel(), [checkpoint], epochs(c));
      expect(await readdir(join(folder, "deep"))).toEqual(c.saved);
    });
  });

  it("refuses a path that does not end in .h5, and names that no epoch has", async () => {
    expect(() => new ModelCheckpoint({ filepath: "best.keras" })).toThrow(usage);
    const checkpoint = new ModelCheckpoint({ filepath: "{val_acc:.2f}.h5" });
    await expect(fitFigures(new FakeModel(), [checkpoint], [{ loss: 1 }])).rejects.toThrow(
      /there is no val_acc; there are: loss, epoch/,
    );
  });
});

describe("TerminateOnNaN", () => {
  it.each([NaN, Infinity])("ends the epoch and the fit at a loss of %s in a batch", (loss) => {
    const callback = new TerminateOnNaN();
    callback.onTrainBegin();
    expect(callback.onBatchEnd(0, {})).toBeUndefined();
    expect(callback.onBatchEnd(1, { loss: 2 })).toBeUndefined();
    expect(callback.onBatchEnd(2, { loss })).toBe("stop");
    expect(callback.onEpochEnd(0, { loss })).toBe("stop");
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0][0]).toMatch(new RegExp(`^batch 2: the loss is ${loss}`));
  });

  it("ends a fit at the end of an epoch whose batches were over too soon", async () => {
    const { ran } = await fitFigures(
      new FakeModel(),
      [new TerminateOnNaN()],
      [{ loss: 1 }, { loss: NaN }, { loss: 1 }],
    );
    expect(ran).toBe(2);
  });
});
