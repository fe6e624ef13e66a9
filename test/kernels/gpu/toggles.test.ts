import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { createDevice } from "../../../src/kernels/gpu/device.js";
import { knownToggles } from "../../../src/kernels/gpu/dawnToggles.js";
import { expectToggles, f16Toggle, fastToggles, togglesFor } from "../../../src/kernels/gpu/toggles.js";
import { describeAdapter } from "../../../src/transfer/diagnosis/machine.js";
import * as reference from "../../reference/conv2d.js";
import { uniform } from "../../reference/random.js";
import { expectClose, float64 } from "../../support/expectClose.js";
import { runOp } from "../../support/run.js";

it("knows the names that the installed Dawn has in its table", () => {
  const folder = join(dirname(createRequire(import.meta.url).resolve("webgpu")), "dist");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  const binary = readFileSync(
    join(
      folder,
      files.find((file) => file.endsWith(".node"))!,
    ),
  );
  expect(knownToggles.length).toBeGreaterThan(150);
  const missing = [...knownToggles, ...fastToggles, f16Toggle].filter(
    (name) => !binary.includes(`\0${name}\0`),
  );
  expect(missing).toEqual([]);
  expect([...fastToggles, f16Toggle].filter((name) => !knownToggles.includes(name))).toEqual([]);
});

it("refuses a toggle that Dawn would ignore", async () => {
  const message = " has no disable_robustnes; did you mean disable_robustness?";
  await expect(createDevice({ toggles: ["disable_robustnes"] })).rejects.toThrow(message);
  await expect(describeAdapter({ toggles: ["nosuch"] })).rejects.toThrow("has no nosuch");
  expect(() => {
    expectToggles(["allow_unsafe_apis", "skip_validation"]);
  }).not.toThrow();
});

it("adds what options stand for to what was asked for, once each", () => {
  expect(togglesFor("float16", ["a"], true)).toEqual(["a", f16Toggle, ...fastToggles]);
  expect(togglesFor("float32", [fastToggles[1]], true)).toEqual([
    fastToggles[1],
    fastToggles[0],
    fastToggles[2],
  ]);
});

it("computes the same without the checks, and says that it does without", async () => {
  const device = await createDevice({ fast: true });
  try {
    expect(device.toggles).toEqual(fastToggles);
    const [x, kernel] = [uniform(1, [2, 9, 7, 33]), uniform(2, [3, 3, 33, 18])];
    const window = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;
    const [y] = await runOp(device, conv2d, [x, kernel], { ...window, activation: "linear" });
    const wanted = reference.conv2d(
      float64(x),
      x.shape,
      float64(kernel),
      kernel.shape,
      window.strides,
      window.pads,
      y.size,
    );
    expectClose(y.dataSync(), wanted, { absolute: 2e-4 });
  } finally {
    device.destroy();
  }
  expect((await describeAdapter({ fast: true })).toggles).toEqual(fastToggles);
});
