/** The grammar of messages about options, by the mistakes that people make. */
import { describe, expect, it } from "vitest";
import * as wgraft from "../../src/index.js";
import { WgraftError } from "../../src/errors.js";
import { checkArgument, checkOptions } from "../../src/options/checkOptions.js";
import {
  check,
  either,
  flag,
  integer,
  listOf,
  number,
  oneOf,
  pairOf,
  positiveInteger,
  text,
  type Check,
} from "../../src/options/checks.js";
import { describe as described } from "../../src/options/describe.js";
import { nullable, optional, optionsOf, required } from "../../src/options/fields.js";

/** As a caller in JavaScript passes them. */
const loose = (options: unknown) => options as never;

function refusal(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof WgraftError) return error.message;
    throw error;
  }
  throw new Error("nothing was refused");
}

async function laterRefusal(call: () => Promise<unknown>): Promise<string> {
  const error = await call().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(WgraftError);
  return (error as WgraftError).message;
}

const model = () => {
  const made = new wgraft.Sequential([new wgraft.Dense({ units: 1, activation: "sigmoid", inputDim: 2 })]);
  made.compile({ loss: "binary_crossentropy" });
  return made;
};
const x = wgraft.tensor([1, 2], [1, 2]);
const y = wgraft.tensor([1], [1, 1]);

describe("a mistake of a user's", () => {
  it.each<[string, (options: never) => unknown, unknown, string]>([
    [
      "Conv2D",
      (o) => new wgraft.Conv2D(o),
      { filters: "3", kernelSize: 3 },
      'Conv2D: filters: expected a positive integer, got "3"',
    ],
    [
      "RMSprop",
      (o) => new wgraft.RMSprop(o),
      { lr: 2e-5 },
      "RMSprop: there is no option lr; did you mean learningRate?",
    ],
    [
      "Adam",
      (o) => new wgraft.Adam(o),
      2e-5,
      "Adam: expected options in an object, { learningRate: 0.00002 }, got 0.00002",
    ],
    [
      "Adam",
      (o) => new wgraft.Adam(o),
      { learningRate: "2e-5" },
      'Adam: learningRate: expected a learning rate ≥ 0, or a schedule, got "2e-5"',
    ],
    [
      "Dropout",
      (o) => new wgraft.Dropout(o),
      0.5,
      "Dropout: expected options in an object, { rate: 0.5 }, got 0.5",
    ],
    [
      "Dropout",
      (o) => new wgraft.Dropout(o),
      { rate: 1 },
      "Dropout: rate: expected a number ≥ 0 and below 1, got 1",
    ],
    ["Dense", (o) => new wgraft.Dense(o), 3, "Dense: expected options in an object, { units: 3 }, got 3"],
    [
      "Dense",
      (o) => new wgraft.Dense(o),
      { units: 1, activaton: "relu" },
      "Dense: there is no option activaton; did you mean activation?",
    ],
    [
      "Dense",
      (o) => new wgraft.Dense(o),
      { units: 1, activation: "Relu" },
      'Dense: activation: expected the name of an activation, such as "relu", "elu" or "softmax", or { className, config }, or null, got "Relu"',
    ],
    ["Dense", (o) => new wgraft.Dense(o), {}, "Dense: units: expected a positive integer, but it is missing"],
    [
      "Dense",
      (o) => new wgraft.Dense(o),
      undefined,
      "Dense: units: expected a positive integer, but it is missing",
    ],
    [
      "Dense",
      (o) => new wgraft.Dense(o),
      { units: 1, kernelInitializer: { className: "RandomNormal", config: { stdev: 1 } } },
      '{ className, config } with arguments that it has, got { className: "RandomNormal", config: { stdev: 1 } }',
    ],
    [
      "EarlyStopping",
      (o) => new wgraft.EarlyStopping(o),
      { restore_best_weights: true },
      "EarlyStopping: there is no option restore_best_weights; did you mean restoreBestWeights?",
    ],
    [
      "Model.compile",
      (o) => model().compile(o),
      { loss: "binary_crossentropy", lossScale: { initial: 8 } },
      "LossScaleOptimizer: there is no option initial; there are: initialScale, dynamicGrowthSteps",
    ],
    [
      "ImageDataGenerator",
      (o) => new wgraft.ImageDataGenerator(o),
      { validationSplit: 2 },
      "ImageDataGenerator: validationSplit: expected a number above 0 and below 1, or null, got 2",
    ],
    [
      "ImageSource",
      (o) => new wgraft.ImageSource([], o),
      { height: 150, width: 150, interpolation: "bicubic" },
      'ImageSource: interpolation: expected "nearest" or "bilinear", got "bicubic"',
    ],
    [
      "Sequential",
      (o) => new wgraft.Sequential(o),
      { layers: [] },
      "Sequential: layers: expected a list of layers, got { layers: [] }",
    ],
  ])("%s is named: %#", (_, call, options, message) => {
    expect(refusal(() => call(loose(options)))).toContain(message);
  });

  it.each<[string, (options: never) => Promise<unknown>, object, string]>([
    [
      "fit",
      (o) => model().fit(x, y, o),
      { validation_data: [x, y] },
      "validation_data; did you mean validationData?",
    ],
    ["fit", (o) => model().fit(x, y, o), { batch_size: 20 }, "batch_size; did you mean batchSize?"],
    ["fit", (o) => model().fit(x, y, o), { nb_epoch: 20 }, "nb_epoch; did you mean epochs?"],
    [
      "fit",
      (o) => model().fit(x, y, o),
      { batchSize: 0 },
      "batchSize: expected a positive integer, or null, got 0",
    ],
    [
      "fit",
      (o) => model().fit(x, y, o),
      { batchSize: 2.5 },
      "batchSize: expected a positive integer, or null, got 2.5",
    ],
    [
      "fit",
      (o) => model().fit(x, y, o),
      { batchSize: NaN },
      "batchSize: expected a positive integer, or null, got NaN",
    ],
    ["fit", (o) => model().fit(x, y, o), { epochs: NaN }, "epochs: expected a positive integer, got NaN"],
    ["fit", (o) => model().fit(x, y, o), { epochs: "3" }, 'epochs: expected a positive integer, got "3"'],
    [
      "fit",
      (o) => model().fit(x, y, o),
      { stepsPerEpoch: 0 },
      "stepsPerEpoch: expected a positive integer, or null, got 0",
    ],
    [
      "fit",
      (o) => model().fit(x, y, o),
      { callbacks: [wgraft.EarlyStopping] },
      "callbacks: expected a list of objects with methods of a callback: ",
    ],
    ["evaluate", (o) => model().evaluate(x, y, o), { batch_size: 20 }, "batch_size; did you mean batchSize?"],
    ["predict", (o) => model().predict(x, o), { batch_size: 20 }, "batch_size; did you mean batchSize?"],
    ["vgg16", (o) => wgraft.VGG16(o), { include_top: false }, "include_top; did you mean includeTop?"],
    [
      "vgg16",
      (o) => wgraft.VGG16(o),
      { input_shape: [150, 150, 3] },
      "input_shape; did you mean inputShape?",
    ],
    [
      "vgg16",
      (o) => wgraft.VGG16(o),
      { inputShape: [31, 31, 3] },
      "inputShape: expected [height, width, channels] of at least 32×32, or null, got [31, 31, 3]",
    ],
    ["vgg16", (o) => wgraft.VGG16(o), { alpha: 0.5 }, "alpha; alpha is for mobilenet"],
    ["createDevice", (o) => wgraft.createDevice(o), { adaptor: "NVIDIA" }, "adaptor; did you mean adapter?"],
    [
      "createDevice",
      (o) => wgraft.createDevice(o),
      { precision: "f16" },
      'precision: expected "float32" or "float16", got "f16"',
    ],
    [
      "flowFromDirectory",
      (o) => new wgraft.ImageDataGenerator().flowFromDirectory("nowhere", o),
      { target_size: [150, 150] },
      "target_size; did you mean targetSize?",
    ],
    [
      "flowFromDirectory",
      (o) => new wgraft.ImageDataGenerator().flowFromDirectory("nowhere", o),
      { subset: "val" },
      'subset: expected "training" or "validation", or null, got "val"',
    ],
  ])("%s is named: %#", async (owner, call, options, message) => {
    const text = await laterRefusal(() => call(loose(options)));
    expect(text).toMatch(new RegExp(`^${owner}: (there is no option )?`));
    expect(text).toContain(message);
  });
});

it("null is None where Keras allows it, and nothing but an error elsewhere", () => {
  expect(new wgraft.Dense({ units: 1, activation: null }).getConfig()).toMatchObject({
    activation: "linear",
  });
  expect(new wgraft.MaxPooling2D({ poolSize: 3, strides: null }).getConfig()).toMatchObject({
    strides: [3, 3],
  });
  expect(new wgraft.Adam({ clipnorm: null }).getConfig()).toMatchObject({ clipnorm: null });
  expect(wgraft.VGG16.build({ includeTop: false, pooling: null }).outputShape).toEqual([7, 7, 512]);
  expect(() => new wgraft.Dense(loose({ units: null }))).toThrow(
    "Dense: units: expected a positive integer, got null",
  );
  expect(() => new wgraft.Dense(loose({ units: 1, useBias: null }))).toThrow(
    "useBias: expected true or false, got null",
  );
});

it("undefined is absent, for an option that there is not, too", () => {
  const adam = new wgraft.Adam(loose({ learningRate: undefined, decay: undefined }));
  expect(adam.learningRate).toBe(1e-3);
});

describe("checkOptions", () => {
  interface Options {
    size: number;
    mode?: "a" | "b";
    limit?: number | null;
  }
  const table = optionsOf<Options>("thing").fields({
    size: required(positiveInteger),
    mode: optional(oneOf(["a", "b"]), "a"),
    limit: nullable(optional(number({ min: 0 }))),
  });

  it("gives every option, with defaults", () => {
    expect(checkOptions(table, { size: 3 })).toEqual({ size: 3, mode: "a", limit: undefined });
    expect(checkOptions(table, { size: 3, mode: "b", limit: null })).toMatchObject({
      mode: "b",
      limit: undefined,
    });
  });

  it("puts what is wrong into the error's fields", () => {
    expect(() => checkOptions(table, { size: 0 })).toThrow(
      expect.objectContaining({
        op: "thing",
        option: "size",
        expected: "a positive integer",
        got: 0,
        code: "usage",
      }),
    );
  });

  it.each([[[]], [null], ["a"], [new Map()], [() => 1], [wgraft.tensor([1])]])(
    "takes no %o for options",
    (given) => {
      expect(() => checkOptions(table, given)).toThrow(/^thing: expected options in an object, \{ size: /);
    },
  );

  it("takes objects without a prototype, and none of their prototype's properties", () => {
    expect(checkOptions(table, Object.assign(Object.create(null) as object, { size: 2 })).size).toBe(2);
    expect(() => checkOptions(table, JSON.parse('{ "size": 1, "__proto__": 1 }'))).toThrow(
      "no option __proto__",
    );
    expect(() => checkOptions(table, { size: 1, constructor: 1 })).toThrow("no option constructor");
  });

  it("needs a field of the right kind for each option, by the compiler's word", () => {
    const fields = { size: required(positiveInteger), mode: optional(oneOf(["a", "b"])) };
    // @ts-expect-error -- limit has no field
    optionsOf<Options>("thing").fields(fields);
    // @ts-expect-error -- limit may be null
    optionsOf<Options>("thing").fields({ ...fields, limit: optional(number()) });
    const limit = nullable(optional(number()));
    // @ts-expect-error -- mode may be "b"
    optionsOf<Options>("thing").fields({ ...fields, limit, mode: optional(oneOf(["a"])) });
    // @ts-expect-error -- size is required
    optionsOf<Options>("thing").fields({ ...fields, limit, size: optional(positiveInteger) });
    // @ts-expect-error -- there is no option more
    optionsOf<Options>("thing").fields({ ...fields, limit, more: optional(flag) });
    expect(optionsOf<Options>("thing").fields({ ...fields, limit }).owner).toBe("thing");
  });
});

it("checkArgument names an argument that has no object around it", () => {
  expect(checkArgument("f", "path", text, "a")).toBe("a");
  expect(() => checkArgument("f", "path", text, 3)).toThrow(
    "f: path: expected a string that is not empty, got 3",
  );
});

describe("checks", () => {
  const cases: [string, Check<never, unknown>, unknown[], unknown[]][] = [
    ["a positive integer", positiveInteger, [1, 2 ** 53 - 1], [0, 1.5, NaN, Infinity, "1", 2 ** 53, 1n]],
    ["an integer from 2 to 4", integer({ min: 2, max: 4 }), [2, 4], [1, 5, 2.5]],
    ["a finite number", number(), [0, -1e300], [NaN, Infinity, "0", null]],
    ["a number above 0 and below 1", number({ above: 0, below: 1 }), [0.5], [0, 1]],
    ["a finite number ≥ 0", number({ min: 0 }), [0], [-1e-9, Infinity]],
    ["a rate ≤ 2", number({ max: 2, name: "a rate" }), [2], [2.1, NaN]],
    ['"a", 1 or null', oneOf(["a", 1, null]), ["a", 1, null], ["1", undefined, "b"]],
    ["true or false", flag, [true, false], [0, "true"]],
    ["numbers", listOf(number(), "numbers"), [[], [1, 2]], [[1, "2"], 1, "12", new Float32Array(1)]],
    ["two", pairOf(number(), "two"), [[1, 2]], [[1], [1, 2, 3], 1]],
    ["true or false or a finite number", either(flag, number()), [true, 0], ["a"]],
    ["even", check<number>("even", (value) => Number(value) % 2 === 0), [2], [3]],
  ];
  it.each(cases)("%s", (expected, { expected: said, read }, good, bad) => {
    expect(said).toBe(expected);
    for (const value of good) expect(read(value), described(value)).toEqual(value);
    for (const value of bad) expect(read(value), described(value)).toBeUndefined();
  });
});

it.each([
  ["3", '"3"'],
  ["x".repeat(100), `"${"x".repeat(59)}…`],
  [[1, "a", null], '[1, "a", null]'],
  [{ a: 1, b: { c: [] } }, "{ a: 1, b: { c: [] } }"],
  [{}, "{}"],
  [() => 1, "a function"],
  [wgraft.EarlyStopping, "a function"],
  [new Map(), "a Map"],
  [new Error("x"), "an Error"],
  [10n, "10n"],
  [Symbol("s"), "Symbol(s)"],
  [undefined, "undefined"],
  [-0.5, "-0.5"],
])("shows %o", (value, shown) => {
  expect(described(value)).toBe(shown);
});
