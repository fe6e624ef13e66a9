/** What decides without a device: keys, valid variants, and that heuristics are one of them. */
import { describe, expect, it } from "vitest";
import { conv2d, type Conv2dAttrs } from "../../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../../src/kernels/conv/conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "../../../src/kernels/conv/conv2dBackpropInput.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import { float32, type DeviceCaps } from "../../../src/kernels/op.js";
import { platformKey, Tuning, tunableOf, tuningKey } from "../../../src/kernels/gpu/tuning.js";
import { testCaps } from "../../support/caps.js";

const input = (shape: readonly number[], constant = false) => ({ ...float32(...shape), constant });

describe("the key of what is tuned", () => {
  const attrs = { strides: [1, 1], pads: [0, 0, 0, 0] };
  const key = tuningKey("conv2d", [input([1, 4, 4, 3]), input([3, 3, 3, 8], true)], attrs);

  it("names op, shapes and attributes, in any order of these", () => {
    expect(key).toBe(
      'conv2d(float32 (1, 4, 4, 3), constant float32 (3, 3, 3, 8)) {"pads":[0,0,0,0],"strides":[1,1]}',
    );
    const { strides, pads } = attrs;
    expect(tuningKey("conv2d", [input([1, 4, 4, 3]), input([3, 3, 3, 8], true)], { pads, strides })).toBe(
      key,
    );
  });

  it.each([
    ["op", tuningKey("conv", [input([1, 4, 4, 3]), input([3, 3, 3, 8], true)], attrs)],
    ["shape", tuningKey("conv2d", [input([2, 4, 4, 3]), input([3, 3, 3, 8], true)], attrs)],
    ["constants", tuningKey("conv2d", [input([1, 4, 4, 3]), input([3, 3, 3, 8])], attrs)],
    ["inputs", tuningKey("conv2d", [input([1, 4, 4, 3]), input([3, 3, 3, 8], true), input([8])], attrs)],
    [
      "attributes",
      tuningKey("conv2d", [input([1, 4, 4, 3]), input([3, 3, 3, 8], true)], { ...attrs, strides: [2, 1] }),
    ],
  ])("differs where the %s differs", (_, other) => {
    expect(other).not.toBe(key);
  });
});

describe("the key of a platform", () => {
  const info = { vendor: "v", architecture: "a", device: "d", description: "driver 1" };
  const versions = { webgpu: "0.6.2", wgraft: "0.1.0" };

  it("is that of adapter, driver, Dawn, this package and toggles", () => {
    const key = platformKey(info, ["b", "a"], versions);
    expect(key).toBe("v, a, d, driver 1; webgpu 0.6.2; wgraft 0.1.0; a, b");
    expect(platformKey(info, ["a", "b"], versions)).toBe(key);
    for (const other of [
      platformKey({ ...info, description: "driver 2" }, ["a", "b"], versions),
      platformKey(info, ["a"], versions),
      platformKey(info, ["a", "b"], { ...versions, webgpu: "0.6.3" }),
      platformKey(info, ["a", "b"], { ...versions, wgraft: "0.2.0" }),
    ])
      expect(other).not.toBe(key);
  });
});

const cpu = { ...testCaps, software: true, subgroupSize: 8 };
const gpu = { ...testCaps, subgroupSize: 32 };
const window = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;
const attrs: Conv2dAttrs = { ...window, activation: "linear" };
const [x, kernel] = [input([4, 75, 75, 128]), input([3, 3, 128, 128])];
const y = x;

describe("the variants of a convolution", () => {
  const variants = (caps: DeviceCaps, over: Partial<Conv2dAttrs> = {}, k = kernel) => [
    ...conv2d.variants!(caps, [x, k], [y], { ...attrs, ...over }).keys(),
  ];

  it("are algorithms times kernels of the products, on GPUs, too; the heuristic's first", () => {
    const all = ["direct", "f2", "f4"].flatMap((a) => [`${a} subgroup`, `${a} workgroup`]).sort();
    expect([...variants(cpu)].sort()).toEqual(all);
    // Winograd's products by subgroups read panels, which a GPU's transforms do not write.
    expect([...variants(gpu)].sort()).toEqual(all.filter((name) => !/^f. subgroup/.test(name)));
    expect(variants(cpu)[0]).toBe("f4 subgroup");
    expect(variants(gpu)[0]).toBe("f4 workgroup");
  });

  it("are those that are valid", () => {
    expect(variants({ ...gpu, subgroupSize: 0 })).toEqual([
      "f4 workgroup",
      "direct workgroup",
      "f2 workgroup",
    ]);
    const direct = ["direct workgroup", "direct subgroup"];
    expect(variants(gpu, { strides: [2, 2] })).toEqual(direct);
    expect(variants(gpu, { pads: [3, 3, 3, 3] })).toEqual(direct);
    expect(variants(gpu, {}, input([5, 5, 128, 128]))).toEqual(direct);
    expect(variants({ ...gpu, maxStorageBufferBindingSize: 2 ** 20 })).toEqual(direct);
  });

  it("are those of both gradients, too", () => {
    const shapes = { inputShape: x.shape, kernelShape: kernel.shape };
    const ofInput = [
      ...conv2dBackpropInput.variants!(cpu, [y, kernel], [x], { ...window, ...shapes }).keys(),
    ];
    const ofFilter = [
      ...conv2dBackpropFilter.variants!(cpu, [x, y], [kernel], { ...window, ...shapes }).keys(),
    ];
    expect([ofInput.length, ofFilter.length]).toEqual([6, 6]);
    expect([ofInput[0], ofFilter[0]]).toEqual(["f4 subgroup", "f4 subgroup"]);
  });
});

describe("what there is to choose", () => {
  const product = { transposeA: false, transposeB: false, activation: "linear" } as const;
  const [a, b] = [input([20, 64]), input([64, 32])];
  const tunable = (caps: DeviceCaps) => tunableOf(caps, matMul, [a, b], [float32(20, 32)], product);

  it("is nothing where there is one way", () => {
    expect(tunable(testCaps)).toBeUndefined();
  });

  it("is what the table says, if that is valid", () => {
    const { key, variants, choice } = tunable(gpu)!;
    expect([variants, choice]).toEqual([["workgroup", "subgroup"], undefined]);
    const withChoice = (variant: string) => tunable({ ...gpu, choices: new Map([[key, variant]]) })!.choice;
    expect(withChoice("subgroup")).toBe("subgroup");
    expect(withChoice("no such")).toBeUndefined();
  });
});

describe("a device's choices", () => {
  it("go to the store once, and to programs when they are adopted", async () => {
    const added: [string, string, string][] = [];
    const store = {
      load: async (platform: string) => new Map([["old", platform]]),
      add: async (platform: string, choices: ReadonlyMap<string, string>) => {
        for (const [key, variant] of choices) added.push([platform, key, variant]);
      },
    };
    const tuning = await Tuning.open("p", store);
    expect([...tuning.choices]).toEqual([["old", "p"]]);
    await tuning.save();
    tuning.choose("new", "v");
    await tuning.save();
    await tuning.save();
    expect(added).toEqual([["p", "new", "v"]]);
    expect([...tuning.choices]).toEqual([["old", "p"]]);
    expect(tuning.knows({ key: "new", variants: ["u", "v"] })).toBe(true);
    tuning.adopt();
    expect([...tuning.choices]).toEqual([
      ["old", "p"],
      ["new", "v"],
    ]);
  });

  it("are measured one program after the other", async () => {
    const tuning = await Tuning.open("p", undefined);
    const events: string[] = [];
    const task = (name: string) => async () => {
      events.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      events.push(`${name} ends`);
      if (name === "a") throw new Error("a failed");
    };
    const results = await Promise.allSettled([tuning.inTurn(task("a")), tuning.inTurn(task("b"))]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled"]);
    expect(events).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  });
});
