import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { adamUpdate } from "../../../src/kernels/training/adamUpdate.js";
import { clipByNorm } from "../../../src/kernels/training/clip.js";
import type { Op } from "../../../src/kernels/op.js";
import { rmspropUpdate, type RmspropUpdateAttrs } from "../../../src/kernels/training/rmspropUpdate.js";
import { sgdUpdate } from "../../../src/kernels/training/sgdUpdate.js";
import type { UpdateAttrs } from "../../../src/kernels/training/updateInputs.js";
import { tensor, type Tensor } from "../../../src/tensor.js";
import golden from "../../golden/optimizers.json" with { type: "json" };
import * as reference from "../../reference/optimizers.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { createTestDevice, runMutating, runOp } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

const LEARNING_RATE = 0.01;
const rms: RmspropUpdateAttrs = {
  rho: 0.9,
  momentum: 0,
  epsilon: 1e-7,
  centered: false,
  epsilonInsideRoot: true,
};
const keras2 = { ...rms, epsilonInsideRoot: false };
const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7 };

const hyper = (rate: number) => tensor([rate, 0, 0, 0]);
const adamRate = (t: number) => (LEARNING_RATE * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);

/** The variable after each of the steps that Keras made, slots starting at 0. */
async function steps<A>(
  op: Op<A>,
  attrs: A,
  {
    slots,
    gradients,
    rate = () => LEARNING_RATE,
    clipnorm,
  }: {
    slots: number;
    gradients: number[][];
    rate?: (t: number) => number;
    clipnorm?: number;
  },
): Promise<Tensor[]> {
  const variables: Tensor[] = [];
  let state: Tensor[] = [
    tensor(golden.v0),
    ...Array.from({ length: slots }, () => tensor(new Float32Array(6), [6])),
  ];
  for (const [i, values] of gradients.entries()) {
    let gradient: Tensor = tensor(values);
    if (clipnorm) [gradient] = await runOp(device, clipByNorm, [gradient], { norm: clipnorm });
    const [variable, ...states] = state;
    const after = await runMutating(device, op, [variable, gradient, hyper(rate(i + 1)), ...states], attrs);
    state = [after[0], ...after.slice(3)];
    variables.push(state[0]);
  }
  return variables;
}

const { gradients, smallGradients } = golden;
const runs = {
  rmsprop: () => steps(rmspropUpdate, rms, { slots: 1, gradients }),
  rmsprop_mom: () => steps(rmspropUpdate, { ...rms, momentum: 0.9 }, { slots: 2, gradients }),
  rmsprop_centered: () => steps(rmspropUpdate, { ...rms, centered: true }, { slots: 2, gradients }),
  rmsprop_clipnorm: () => steps(rmspropUpdate, rms, { slots: 1, gradients, clipnorm: 0.5 }),
  rmsprop_keras2_formula: () => steps(rmspropUpdate, keras2, { slots: 1, gradients }),
  rmsprop_small: () => steps(rmspropUpdate, rms, { slots: 1, gradients: smallGradients }),
  rmsprop_small_keras2_formula: () => steps(rmspropUpdate, keras2, { slots: 1, gradients: smallGradients }),
  sgd_mom: () => steps(sgdUpdate, { momentum: 0.9, nesterov: false }, { slots: 1, gradients }),
  sgd_nesterov: () => steps(sgdUpdate, { momentum: 0.9, nesterov: true }, { slots: 1, gradients }),
  adam: () => steps(adamUpdate, adam, { slots: 2, gradients, rate: adamRate }),
};

it.each(Object.keys(golden.runs) as (keyof typeof golden.runs)[])("%s takes Keras's steps", async (name) => {
  const variables = await runs[name]();
  expect(variables).toHaveLength(5);
  variables.forEach((variable, i) => expectClose(variable.dataSync(), golden.runs[name][i]));
});

/** Every kernel, with loss scaling or without. */
interface Update {
  readonly slots: number;
  run(inputs: Tensor[], scaling: UpdateAttrs): Promise<Tensor[]>;
}
const update = <A extends object>(op: Op<A & UpdateAttrs>, attrs: A, slots: number): Update => ({
  slots,
  run: (inputs, scaling) => runMutating(device, op, inputs, { ...attrs, ...scaling }),
});
const updates = {
  sgd: update(sgdUpdate, { momentum: 0, nesterov: false }, 0),
  "sgd with momentum": update(sgdUpdate, { momentum: 0.8, nesterov: true }, 1),
  rmsprop: update(rmspropUpdate, rms, 1),
  "rmsprop with momentum": update(rmspropUpdate, { ...rms, momentum: 0.8 }, 2),
  "centered rmsprop": update(rmspropUpdate, { ...rms, centered: true }, 2),
  "centered rmsprop with momentum": update(rmspropUpdate, { ...rms, centered: true, momentum: 0.8 }, 3),
  adam: update(adamUpdate, adam, 2),
};

/** Both kernels' element types; the second of more than one workgroup. */
const sizes = [{ shape: [13] }, { shape: [36, 40] }];

describe.each(sizes)("updates of a variable $shape", ({ shape }) => {
  const w = uniform(1, shape);
  const g = uniform(2, shape);
  const slots = [uniform(3, shape, 0.5, 1), uniform(4, shape, -0.1, 0.1), uniform(5, shape, -0.1, 0.1)];

  async function check<A>(
    op: Op<A>,
    attrs: A,
    count: number,
    formula: (
      w: Float64Array,
      g: Float64Array,
      rate: number,
      slots: Float64Array[],
      attrs: A,
    ) => Float64Array[],
  ): Promise<void> {
    const states = slots.slice(0, count);
    const after = await runMutating(device, op, [w, g, hyper(0.05), ...states], attrs);
    const expected = formula(float64(w), float64(g), 0.05, states.map(float64), attrs);
    expect(after[1].dataSync()).toEqual(g.dataSync());
    [after[0], ...after.slice(3)].forEach((tensor, i) => expectClose(tensor.dataSync(), expected[i]));
  }

  it("sgd", () => check(sgdUpdate, { momentum: 0, nesterov: false }, 0, reference.sgd));
  it("sgd with Nesterov momentum", () =>
    check(sgdUpdate, { momentum: 0.8, nesterov: true }, 1, reference.sgd));
  it.each([
    [0, false, 1],
    [0.8, false, 2],
    [0, true, 2],
    [0.8, true, 3],
  ])("rmsprop with momentum %d, centered %s", (momentum, centered, count) =>
    check(rmspropUpdate, { ...rms, momentum, centered }, count, reference.rmsprop),
  );
  it("adam", () => {
    // Its second slot is a mean square; far from 0, where a step is large and what float32 loses of it, too.
    slots[1] = uniform(4, shape, 0.01, 0.1);
    return check(adamUpdate, adam, 2, reference.adam);
  });
});

describe.each(sizes)("with loss scaling, updates of a variable $shape", ({ shape }) => {
  const slots = [uniform(3, shape, 0.5, 1), uniform(4, shape, -0.1, 0.1), uniform(5, shape, -0.1, 0.1)];
  const states = (count: number) => [uniform(1, shape), ...slots.slice(0, count)];
  const run = async (update: Update, gradient: Tensor, values: number[], scaling: UpdateAttrs) => {
    const [w, ...rest] = states(update.slots);
    const after = await update.run([w, gradient, tensor(values), ...rest], scaling);
    return [after[0], ...after.slice(3)].map((t) => t.dataSync());
  };

  it.each(Object.entries(updates))(
    "%s takes the step of the gradient divided by the scale",
    async (_, update) => {
      const g = uniform(2, shape);
      const scaled = tensor(
        g.dataSync().map((value) => 1024 * value),
        shape,
      );
      const plain = await run(update, g, [0.05, 0, 0, 0], {});
      const unscaled = await run(update, scaled, [0.05, 1 / 1024, 0, 0], { scaledGradient: true });
      // A power of two only moves exponents.
      expect(unscaled).toEqual(plain);
      expect(await run(update, scaled, [0.05, 1 / 1024, 0, 0], {})).not.toEqual(plain);
    },
  );

  it.each(Object.entries(updates))("%s leaves all as it is where the step is skipped", async (_, update) => {
    const g = uniform(2, shape, NaN, NaN);
    const before = states(update.slots).map((t) => t.dataSync());
    const scaling = { scaledGradient: true, skippable: true };
    expect(await run(update, g, [0.05, 1, 0, 1], scaling)).toEqual(before);
    expect(await run(update, uniform(2, shape), [0.05, 1, 0, 0], scaling)).not.toEqual(before);
  });
});

it("says what it needs", () => {
  const w = uniform(1, [4]);
  expect(() => rmspropUpdate.infer([w, w, hyper(1)], rms)).toThrow(
    "rmsprop_update: expected 4 inputs, got 3",
  );
  expect(() => adamUpdate.infer([w, w, hyper(1), w, uniform(1, [5])], adam)).toThrow(
    "adam_update: expected slot 1 float32 (4,), got float32 (5,)",
  );
});
