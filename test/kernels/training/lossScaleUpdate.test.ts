import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compile } from "../../../src/graph/compile.js";
import { Graph } from "../../../src/graph/graph.js";
import { Variable } from "../../../src/graph/variable.js";
import type { Device } from "../../../src/kernels/gpu/device.js";
import { lossScaleUpdate } from "../../../src/kernels/training/lossScaleUpdate.js";
import { float32 } from "../../../src/kernels/op.js";
import { tensor } from "../../../src/tensor.js";
import { nextLossScale, type LossScaleState } from "../../reference/lossScale.js";
import { createTestDevice } from "../../support/run.js";

let device: Device;
beforeAll(async () => {
  device = await createTestDevice();
});
afterAll(() => device.destroy());

/** Takes a step for each of `finite`; checks state and hyper-parameters after each. */
async function check(
  scale: number,
  growthSteps: number,
  finite: readonly boolean[],
): Promise<LossScaleState> {
  const graph = new Graph();
  const scaleVariable = new Variable("scale", [], () => Float32Array.of(scale));
  const steps = new Variable("steps", [2]);
  const stepHyper = graph.add(
    lossScaleUpdate,
    [
      graph.variable(scaleVariable),
      graph.variable(steps),
      graph.input("hyper", float32(4)),
      graph.input("finite", float32()),
    ],
    { growthSteps },
  );
  const program = await compile(device, graph, { stepHyper });
  let expected: LossScaleState = { scale, goodSteps: 0, skippedSteps: 0 };
  for (const isFinite of finite) {
    const fetched = await program.run({
      hyper: Float32Array.of(0.25, 9, 3, 9),
      finite: Float32Array.of(Number(isFinite)),
    });
    expect([...fetched.stepHyper]).toEqual([0.25, 1 / expected.scale, 3, Number(!isFinite)]);
    expected = nextLossScale(expected, isFinite, growthSteps);
    expect([...(await scaleVariable.read())]).toEqual([expected.scale]);
    expect([...(await steps.read())]).toEqual([expected.goodSteps, expected.skippedSteps]);
  }
  program.destroy();
  scaleVariable.release();
  steps.release();
  return expected;
}

const [good, bad] = [true, false];

describe("the loss scale", () => {
  it("doubles after enough good steps in a row, and halves after each bad one", async () => {
    const finite = [good, good, good, good, bad, good, good, bad, bad, good, good, good, good];
    expect(await check(2 ** 15, 3, finite)).toEqual({ scale: 2 ** 14, goodSteps: 1, skippedSteps: 3 });
  });

  it("may double after every step", async () => {
    expect(await check(8, 1, [good, good, bad, good])).toMatchObject({ scale: 32 });
  });

  it("stays a normal number with a normal inverse", async () => {
    expect(await check(2 ** 125, 1, [good, good, good])).toMatchObject({ scale: 2 ** 126 });
    expect(await check(2 ** -125, 9, [bad, bad, bad])).toMatchObject({ scale: 2 ** -126 });
  });
});

it("says what it needs", () => {
  const [scale, steps] = [float32(), float32(2)];
  expect(() => lossScaleUpdate.infer([scale, steps, tensor([1]), scale], { growthSteps: 1 })).toThrow(
    "loss_scale_update: expected hyper float32 (4,), got float32 (1,)",
  );
});
