/** Layers, optimizers and schedules to and from Keras's arguments, as their tables say. */
import { describe, expect, it } from "vitest";
import { WgraftError } from "../../src/errors.js";
import * as layers from "../../src/models/layers/index.js";
import { buildLayer, isLayerClass, type LayerClass } from "../../src/models/layers/savedLayer.js";
import { optimizers, type OptimizerName } from "../../src/models/optimizers/index.js";
import { optimizerFromConfig } from "../../src/models/optimizers/savedOptimizer.js";
import { scheduleFromConfig } from "../../src/models/optimizers/savedSchedule.js";
import * as schedules from "../../src/models/optimizers/schedules/index.js";
import { layerSamples, scheduleSamples } from "../support/samples.js";

type Config = Record<string, unknown>;

const classes = layers as unknown as Readonly<Record<string, LayerClass>>;

const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as Config;
const wrong = [null, true, false, "", "x", -1, 0, 0.5, 1e300, [], [1], [[1]], [1, 2, 3], {}, { config: {} }];

/** Builds of a config with one value replaced, each of which either works or says what is wrong. */
function expectErrorsOf(config: Config, build: (config: Config) => unknown, message: RegExp): void {
  for (const key of Object.keys(config)) {
    for (const value of [
      ...wrong,
      { type: "ndarray", value: [] },
      { class_name: "constructor", config: null },
    ]) {
      try {
        build({ ...config, [key]: value });
      } catch (error) {
        expect(error, `${key}: ${JSON.stringify(value)}`).toBeInstanceOf(WgraftError);
        const { code, message: text } = error as WgraftError;
        expect(["bad-input", "not-supported"], text).toContain(code);
        expect(text).toMatch(message);
        expect(text).not.toContain("\n");
      }
    }
  }
}

describe("layers", () => {
  it("all are tried", () => {
    const classes = Object.values<unknown>(layers).filter(isLayerClass);
    const names = classes.map(({ table }) => table.owner).filter((name) => name !== "InputLayer");
    expect(Object.keys(layerSamples).sort()).toEqual(names.sort());
  });

  describe.each(Object.entries(layerSamples))("%s", (className, sample) => {
    const make = (options: object = sample) => new classes[className](options as never);
    const config = json({ ...make().getConfig(), name: "one" });
    const build = (saved: Config) => buildLayer({ className, name: "one", config: saved }, "file.h5");

    it("comes back from its config as it was", () => {
      expect(make().className).toBe(className);
      const layer = build(config);
      expect(layer).toBeInstanceOf(make().constructor);
      expect(json(layer.getConfig())).toEqual(config);
    });

    it("is not built, or says why, with any argument replaced", () => {
      expectErrorsOf(config, build, new RegExp(`^file\\.h5: layer one \\(${className}\\): `));
    });

    it("refuses arguments that it does not have, unless they are off", () => {
      expect(() => build({ ...config, brand_new: 2 })).toThrow("wgraft has no brand_new (here 2)");
      expect(json(build({ ...config, brand_new: null, other: false }).getConfig())).toEqual(config);
    });

    it("takes every option that layers have", () => {
      const given = { name: "mine", trainable: false, inputShape: [4, 4, 3] };
      expect(make({ ...sample, ...given })).toMatchObject(given);
    });
  });

  it("are built of numbers that are written as ndarrays, and of lists of one", () => {
    const of = (className: string, config: Config) =>
      buildLayer({ className, name: "one", config }, "file.h5").getConfig();
    const ndarray = (value: number) => ({ type: "ndarray", value });
    expect(of("Dropout", { rate: ndarray(0.5) })).toMatchObject({ rate: 0.5 });
    expect(of("ReLU", { max_value: ndarray(6), negative_slope: ndarray(0) })).toMatchObject({ max_value: 6 });
    expect(of("Dense", { units: ndarray(3) })).toMatchObject({ units: 3 });
    expect(of("MaxPooling2D", { pool_size: [3] })).toMatchObject({ pool_size: [3, 3], strides: [3, 3] });
    expect(of("BatchNormalization", { axis: [3] })).toMatchObject({ axis: 3 });
  });

  it("take their initial values from the file where wgraft knows them", () => {
    const of = (initializer: unknown) =>
      buildLayer(
        { className: "Dense", name: "one", config: { units: 1, kernel_initializer: initializer } },
        "file.h5",
      ).getConfig().kernel_initializer;
    expect(of({ module: "keras.initializers", class_name: "HeUniform", config: { seed: 3 } })).toEqual({
      class_name: "HeUniform",
      config: { seed: 3 },
    });
    const glorot = { class_name: "GlorotUniform", config: { seed: null } };
    expect(of({ class_name: "Orthogonal", config: { gain: 2 } })).toEqual(glorot);
    expect(of(undefined)).toEqual(glorot);
  });
});

describe.each(Object.keys(optimizers) as OptimizerName[])("optimizer %s", (name) => {
  const make = new optimizers[name]({ learningRate: 0.5, clipvalue: 2 });
  const config = json(make.getConfig());

  it("comes back from its config as it was", () => {
    expect(make.className.toLowerCase()).toBe(name);
    expect(json(optimizerFromConfig(make.className, config).getConfig())).toEqual(config);
  });

  it("is not built, or says why, with any argument replaced", () => {
    const build = (saved: Config) => optimizerFromConfig(make.className, saved);
    expectErrorsOf(config, build, new RegExp(`^(optimizer ${make.className}: |the learning rate follows)`));
  });

  it("takes what Keras writes besides, where it is off", () => {
    const keras = {
      // AdamW has one, and Keras refuses None for it.
      ...(!("weight_decay" in config) && { weight_decay: null }),
      global_clipnorm: null,
      use_ema: false,
      ema_momentum: 0.99,
      ema_overwrite_frequency: null,
      loss_scale_factor: null,
      gradient_accumulation_steps: null,
      jit_compile: true,
      is_legacy_optimizer: false,
      decay: 0,
    };
    expect(
      json(optimizerFromConfig(`Custom>${make.className}`, { ...config, ...keras }).getConfig()),
    ).toEqual(config);
    const decay = "weight_decay" in config ? [] : [{ weight_decay: 0.1 }];
    for (const on of [...decay, { use_ema: true }, { global_clipnorm: 1 }, { brand_new: 1 }]) {
      expect(() => optimizerFromConfig(make.className, { ...config, ...on })).toThrow(
        expect.objectContaining({ code: "not-supported" }),
      );
    }
  });

  it("calls the rate lr in files of Keras 2.2", () => {
    expect(optimizerFromConfig(make.className, { lr: 0.25 }).learningRate).toBe(0.25);
  });
});

describe.each(Object.entries(scheduleSamples))("schedule %s", (className, sample) => {
  const scheduleClass = schedules[className as keyof typeof schedules];
  const schedule = new scheduleClass(sample as never);
  const saved = json(schedule.toJSON());

  it("comes back from its config as it was", () => {
    expect(schedule.className).toBe(className);
    expect(json(scheduleFromConfig(saved).toJSON())).toEqual(saved);
  });

  it("is not built, or says why, with any argument replaced", () => {
    const build = (config: Config) => scheduleFromConfig({ ...saved, config });
    expectErrorsOf(saved.config as Config, build, new RegExp(`^schedule ${className}: `));
    expectErrorsOf(saved, scheduleFromConfig, /^(schedule |the learning rate follows)/);
  });
});

it("all schedules are tried", () => {
  expect(Object.keys(scheduleSamples).sort()).toEqual(Object.keys(schedules).sort());
});
