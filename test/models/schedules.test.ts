/** Learning-rate schedules, against those of Keras 3.15.1 (test/golden/callbacks/make.py). */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Adam } from "../../src/models/optimizers/adam.js";
import { optimizerFromConfig } from "../../src/models/optimizers/savedOptimizer.js";
import { scheduleFromConfig } from "../../src/models/optimizers/savedSchedule.js";
import {
  CosineDecay,
  ExponentialDecay,
  PiecewiseConstantDecay,
  PolynomialDecay,
} from "../../src/models/optimizers/schedules/index.js";
import { SGD } from "../../src/models/optimizers/sgd.js";
import { goldenPath } from "../support/golden.js";

interface Saved {
  class_name: string;
  config: Record<string, unknown>;
}
const golden = JSON.parse(readFileSync(goldenPath("callbacks/schedules.json"), "utf8")) as {
  steps: number[];
  schedules: { saved: Saved; rates: number[] }[];
};

describe("schedules", () => {
  const cases = golden.schedules.map(({ saved, rates }) => [saved.class_name, saved, rates] as const);
  it.each(cases)("%s(%j) gives Keras's rates and config", (_, saved, rates) => {
    const schedule = scheduleFromConfig(saved);
    // Keras computes in float32; near the end of a cosine only the absolute error is small.
    golden.steps.forEach((step, i) => {
      expect(Math.abs(schedule.at(step) - rates[i]), `step ${step}`).toBeLessThan(1e-8 + 2e-7 * rates[i]);
    });
    expect(schedule.toJSON()).toEqual(saved);
  });

  it("has Keras's defaults", () => {
    const line = new PolynomialDecay({ initialLearningRate: 0.1, decaySteps: 10 });
    const cosine = new CosineDecay({ initialLearningRate: 0.1, decaySteps: 10 });
    const configs = golden.schedules.map(({ saved }) => saved.config);
    expect(configs).toContainEqual(line.getConfig());
    expect(configs).toContainEqual(cosine.getConfig());
  });

  it("refuses what makes no sense", () => {
    const usage = expect.objectContaining({ code: "usage" }) as Error;
    const decay = { initialLearningRate: 0.1, decayRate: 0.5 };
    expect(() => new ExponentialDecay({ ...decay, decaySteps: 0 })).toThrow(usage);
    expect(() => new PiecewiseConstantDecay({ boundaries: [1, 2], values: [1, 2] })).toThrow(usage);
    expect(() => new PiecewiseConstantDecay({ boundaries: [2, 2], values: [1, 2, 3] })).toThrow(usage);
  });

  it("takes only known schedules out of a file", () => {
    const unknown = expect.objectContaining({ code: "not-supported" }) as Error;
    const bad = [
      { class_name: "constructor", config: {} },
      {
        class_name: "ExponentialDecay",
        config: { initial_learning_rate: "0.1", decay_steps: 1, decay_rate: 1 },
      },
      "ExponentialDecay",
      null,
    ];
    for (const saved of bad) expect(() => scheduleFromConfig(saved)).toThrow(unknown);
  });
});

describe("an optimizer with a schedule", () => {
  const boundaries = [0, 2];
  const schedule = () => new PiecewiseConstantDecay({ boundaries, values: [0.5, 0.25, 0.125] });

  it("takes the rate of the step that comes next", () => {
    const sgd = new SGD({ learningRate: schedule() });
    const rates = [0, 1, 2, 3].map((step) => {
      sgd.iterations = step;
      expect(sgd.hyper()[0]).toBe(sgd.learningRate);
      return sgd.learningRate;
    });
    expect(rates).toEqual([0.5, 0.25, 0.25, 0.125]);
  });

  it("goes through Adam's correction of the bias", () => {
    const adam = new Adam({ learningRate: schedule() });
    adam.iterations = 3;
    const corrected = (0.125 * Math.sqrt(1 - 0.999 ** 4)) / (1 - 0.9 ** 4);
    expect(adam.hyper()[0]).toBeCloseTo(corrected, 7);
  });

  it("saves the schedule in its config, as Keras does", () => {
    expect(new SGD({ learningRate: schedule() }).getConfig().learning_rate).toEqual({
      module: "keras.optimizers.schedules",
      class_name: "PiecewiseConstantDecay",
      config: { boundaries: [0, 2], values: [0.5, 0.25, 0.125], name: "PiecewiseConstant" },
      registered_name: null,
    });
  });

  it("comes back from a saved config", () => {
    const saved = new SGD({ learningRate: schedule() }).getConfig();
    const loaded = optimizerFromConfig("SGD", saved);
    expect(loaded.getConfig()).toEqual(saved);
    loaded.iterations = 3;
    expect(loaded.learningRate).toBe(0.125);
    expect(optimizerFromConfig("SGD", { learning_rate: 0.5 }).learningRate).toBe(0.5);
    expect(optimizerFromConfig("SGD", {}).learningRate).toBe(0.01);
  });

  it("refuses another rate; one with a number takes it", () => {
    const scheduled = new SGD({ learningRate: schedule() });
    expect(() => (scheduled.learningRate = 0.1)).toThrow(
      /SGD: the learning rate follows PiecewiseConstantDecay/,
    );
    const plain = new SGD({ learningRate: 0.1 });
    plain.learningRate = 0.01;
    expect(plain.hyper()[0]).toBe(Math.fround(0.01));
    expect(plain.getConfig().learning_rate).toBe(0.01);
    expect(() => (plain.learningRate = NaN)).toThrow(/learning rate ≥ 0, got NaN/);
  });
});
