/** Layers of a user's own, saved and loaded. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  Dense,
  Input,
  Layer,
  layerOptions,
  loadModel,
  Model,
  ops,
  options,
  Sequential,
  tensor,
  type CallContext,
  type Device,
  type LayerOptions,
  type Shape,
} from "../../src/index.js";
import { createTestDevice } from "../support/run.js";

let device: Device;
let folder: string;
beforeAll(async () => {
  device = await createTestDevice();
  folder = await mkdtemp(join(tmpdir(), "wgraft-test-"));
});
afterAll(async () => {
  device.destroy();
  await rm(folder, { recursive: true });
});

interface ShiftOptions extends LayerOptions {
  factor: number;
  /** Default "add". */
  mode?: "add" | null;
}

const table = layerOptions<ShiftOptions>("Shift").fields(
  {
    factor: options.required(options.number(), { keras: "shift_factor" }),
    mode: options.nullable(options.optional(options.oneOf(["add"]), "add")),
  },
  { version: options.fixed(2) },
);

/** factor · x + shift, with a shift that is learned. */
class Shift extends Layer<options.Arguments<typeof table>> {
  static override readonly table = table;

  constructor(given: ShiftOptions) {
    super(given);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  protected override createWeights([units]: Shape): void {
    this.addWeight("shift", [units], "HeUniform");
  }

  override call(context: CallContext, x: ops.Value): ops.Value {
    const scaled = context.graph.add(ops.scale, [x], { factor: this.args.factor });
    return context.graph.add(ops.biasAdd, [scaled, this.weight(context, "shift")], {});
  }
}

const x = tensor([1, 2, 3, -1, 0, 0.5], [2, 3]);

/** With the layer in an inner model, too. */
function build(): Model {
  const inner = new Sequential([
    new Shift({ factor: 2, name: "inside", inputShape: [3] }),
    new Dense({ units: 2 }),
  ]);
  const input = Input({ shape: [3] });
  const outputs = new Shift({ factor: -1.5, trainable: false }).apply(inner.apply(input));
  return new Model({ inputs: input, outputs, device, seed: 5 });
}

it("come back with their options and weights where their class is given", async () => {
  const path = join(folder, "own.h5");
  const model = build();
  await model.save(path);
  const loaded = await loadModel(path, { device, customObjects: { Shift } });
  const layer = loaded.getLayer("shift");
  expect(layer).toBeInstanceOf(Shift);
  expect(layer.trainable).toBe(false);
  expect(layer.getConfig()).toEqual({
    name: "shift",
    trainable: false,
    dtype: "float32",
    shift_factor: -1.5,
    mode: "add",
    version: 2,
  });
  expect((await loaded.predict(x)).dataSync()).toEqual((await model.predict(x)).dataSync());
  expect(loaded.getConfig()).toEqual(model.getConfig());
});

it("may have another name in the file than their class", async () => {
  class Renamed extends Shift {
    static override readonly table = { ...table, owner: "package>Shift" };
  }
  const path = join(folder, "registered.h5");
  const model = new Sequential([new Renamed({ factor: 3, inputShape: [3] })], { device });
  await model.save(path);
  const loaded = await loadModel(path, { device, customObjects: { "package>Shift": Renamed } });
  expect((await loaded.predict(x)).dataSync()).toEqual((await model.predict(x)).dataSync());
});

it("are not built where their class is not given, nor of arguments that they do not have", async () => {
  const path = join(folder, "unknown.h5");
  await build().save(path);
  await expect(loadModel(path, { device })).rejects.toMatchObject({
    code: "not-supported",
    message: expect.stringMatching(
      /unknown\.h5: layer inside \(Shift\): wgraft has no such layer; .*customObjects/,
    ) as string,
  });
  class Other extends Layer {
    static override readonly table = layerOptions<LayerOptions>("Shift").fields({});
    override computeOutputShape(input: Shape): Shape {
      return input;
    }
    override call(_: CallContext, value: ops.Value): ops.Value {
      return value;
    }
  }
  await expect(loadModel(path, { device, customObjects: { Shift: Other } })).rejects.toThrow(
    /layer inside \(Shift\): wgraft has no shift_factor \(here 2\)/,
  );
});

it.each([
  [Shift],
  [{ Shift: new Shift({ factor: 1 }) }],
  [{ Shift: Object }],
  [{ Shift: () => 1 }],
  ["Shift"],
])("%o is no set of classes", async (customObjects) => {
  await expect(loadModel("nowhere.h5", { customObjects: customObjects as never })).rejects.toThrow(
    /^loadModel: customObjects: expected an object of classes of layers by their names, \{ MyLayer \}, or null, got /,
  );
});

it("have their options checked as ours are", () => {
  expect(() => new Shift({ facto: 1 } as never)).toThrow(
    "Shift: there is no option facto; did you mean factor?",
  );
  expect(() => new Shift({ factor: NaN })).toThrow("Shift: factor: expected a finite number, got NaN");
});
