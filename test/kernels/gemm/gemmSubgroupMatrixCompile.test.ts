/** The matrix product by subgroup matrices: Dawn compiles it with the real builtins; when it is chosen, and its tiles. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { capsOf, type AdapterInfo, type SubgroupMatrixConfig } from "../../../src/kernels/gpu/adapter.js";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../../src/kernels/conv/conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "../../../src/kernels/conv/conv2dBackpropInput.js";
import { gemmKernelsOn } from "../../../src/kernels/gemm/gemm.js";
import { subgroupMatrixOf, subgroupMatrixTile } from "../../../src/kernels/gemm/gemmSubgroupMatrix.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import { float32, specOf, type DeviceCaps, type Op, type SubgroupMatrix } from "../../../src/kernels/op.js";
import { shaderText } from "../../../src/kernels/gpu/pipeline.js";
import type { FloatType, Shape, TensorSpec } from "../../../src/tensor.js";
import { testCaps } from "../../support/caps.js";
import { recordLaunches } from "../../support/lowering.js";
import { createNullDevice, type NullDevice } from "../../support/nullDevice.js";

const matrixFeatures = [
  "subgroups",
  "subgroup-size-control",
  "shader-f16",
  "chromium-experimental-subgroup-matrix",
];

describe("Dawn compiles the products by subgroup matrices", () => {
  let device: NullDevice;
  beforeAll(async () => {
    device = await createNullDevice(matrixFeatures);
  });
  afterAll(() => device.gpu.destroy());

  const window = { strides: [1, 1], pads: [1, 1, 1, 1] } as const;
  const product = { activation: "relu", transposeA: false, transposeB: false } as const;
  const half = (...shape: number[]): TensorSpec => specOf(shape, "float16");

  /** Of what its launches are on the null device, those that multiply. */
  function productsOf<A>(
    op: Op<A>,
    matrix: SubgroupMatrix,
    inputs: readonly TensorSpec[],
    output: TensorSpec,
    attrs: A,
  ) {
    const recording = recordLaunches({
      ...testCaps,
      f16: true,
      subgroupSize: 64,
      subgroupMatrices: [matrix],
    });
    const operands = [...inputs, output].map((spec, slot) => ({ ...spec, slot }));
    const variants = op.variants!(recording.ctx.caps, inputs, [output], attrs);
    const lower = variants.get("direct tensor") ?? variants.get("tensor")!;
    lower(recording.ctx, operands.slice(0, -1), operands.slice(-1), attrs);
    return recording.launches.filter(({ kernel }) => kernel.name.includes("_tensor"));
  }

  // Subgroups of 64, of whose tiles the smallest fits the null backend's 16 KiB.
  const matrices: SubgroupMatrix[] = [
    { m: 16, n: 16, k: 16, factors: "float16", lanes: 64 },
    { m: 8, n: 8, k: 8, factors: "float16", lanes: 64 },
    { m: 16, n: 8, k: 32, factors: "float16", lanes: 64 },
    { m: 8, n: 8, k: 8, factors: "float32", lanes: 64 },
  ];
  const stored: FloatType[] = ["float16", "float32"];

  // Sizes that are multiples of four, and sizes that are none: vectors of four, or elements one by one.
  describe.each([4, 3])("sizes that are multiples of %i", (d) => {
    const [x, y, kernel]: Shape[] = [
      [1, 6, 6, 2 * d],
      [1, 6, 6, d],
      [3, 3, 2 * d, d],
    ];
    it.each(matrices)("in matrices of $m×$n×$k $factors, $lanes lanes", async (matrix) => {
      const launches = stored.flatMap((dtype) => [
        productsOf(conv2d, matrix, [half(...x), float32(...kernel)], specOf(y, dtype), {
          ...window,
          activation: "relu",
        }),
        productsOf(conv2dBackpropInput, matrix, [half(...y), float32(...kernel)], specOf(x, dtype), {
          ...window,
          inputShape: x,
        }),
        productsOf(conv2dBackpropFilter, matrix, [half(...x), half(...y)], float32(...kernel), {
          ...window,
          kernelShape: kernel,
        }),
        productsOf(matMul, matrix, [half(20, d), float32(d, d)], specOf([20, d], dtype), product),
        productsOf(matMul, matrix, [half(d, 4 * d), float32(d, d)], specOf([4 * d, d], dtype), {
          ...product,
          transposeA: true,
          transposeB: true,
        }),
      ]);
      const suffix = d === 4 ? "_tensor_fours" : "_tensor";
      for (const [launch, ...others] of launches) {
        expect(launch.kernel.name.endsWith(suffix)).toBe(true);
        expect(others).toEqual([]);
        // Rejects what is not valid, and says why.
        await device.pipelines.get(launch);
        const module = device.gpu.createShaderModule({ code: shaderText(launch) });
        expect((await module.getCompilationInfo()).messages.map(({ message }) => message)).toEqual([]);
      }
    });
  });

  it("and would tell of matrices that are none", async () => {
    const [launch] = productsOf(matMul, matrices[0], [half(8, 8), float32(8, 8)], half(8, 8), product);
    const prelude = launch.prelude!.replace("const matrix_k = 16u;", "const matrix_k = -16;");
    device.gpu.pushErrorScope("validation");
    await expect(device.pipelines.get({ ...launch, prelude })).rejects.toThrow("does not compile");
    expect((await device.gpu.popErrorScope())!.message).toContain("must be a constant positive integer");
  });
});

describe("the adapter's products of matrices", () => {
  const config = (M: number, N: number, K: number, componentType = "f16", resultComponentType = "f32") => ({
    M,
    N,
    K,
    componentType,
    resultComponentType,
  });
  const capsWith = (
    configs: SubgroupMatrixConfig[],
    { features = matrixFeatures, subgroups = [32, 32] } = {},
  ): DeviceCaps =>
    capsOf(
      {
        subgroupMatrixConfigs: configs,
        subgroupMinSize: subgroups[0],
        subgroupMaxSize: subgroups[1],
      } as unknown as AdapterInfo,
      new Set(features),
      {} as GPUSupportedLimits,
    );

  it("are the largest of either type that add up in float32", () => {
    const configs = [
      config(16, 16, 32, "u8", "u32"),
      config(16, 16, 16, "f16", "f16"),
      config(16, 8, 16),
      config(16, 16, 16),
      config(16, 8, 8),
      // Of no tile: a subgroup computes 32 × 64 sums.
      config(64, 24, 16),
    ];
    expect(capsWith(configs).subgroupMatrices).toEqual([halves]);
    const apple = [config(8, 8, 8, "f32", "f32"), config(8, 8, 8, "f16", "f16")];
    expect(capsWith(apple).subgroupMatrices).toEqual([singles]);
    const both = capsWith([...apple, config(8, 8, 8)]).subgroupMatrices;
    expect(both).toEqual([{ ...singles, factors: "float16" }, singles]);
    // Panels of float32 are 16 steps deep.
    expect(capsWith([config(8, 8, 32, "f32", "f32")]).subgroupMatrices).toEqual([]);
  });

  it("are absent without one, or a feature", () => {
    const configs = [config(16, 16, 16)];
    for (const feature of matrixFeatures) {
      const features = matrixFeatures.filter((f) => f !== feature);
      expect(capsWith(configs, { features }).subgroupMatrices, feature).toEqual([]);
    }
    expect(capsWith([]).subgroupMatrices).toEqual([]);
  });

  it("are computed by the smallest subgroups of a range", () => {
    const rdna = capsWith([config(16, 16, 16)], { subgroups: [32, 64] });
    expect([rdna.subgroupSize, rdna.subgroupMatrices]).toEqual([32, [halves]]);
    const arc = capsWith([config(8, 8, 16)], { subgroups: [8, 32] });
    expect([arc.subgroupSize, arc.subgroupMatrices![0].lanes]).toEqual([16, 8]);
  });
});

const halves = { m: 16, n: 16, k: 16, factors: "float16", lanes: 32 } as const;
const singles = { m: 8, n: 8, k: 8, factors: "float32", lanes: 32 } as const;
const gpu: DeviceCaps = {
  ...testCaps,
  maxComputeWorkgroupStorageSize: 49152,
  f16: true,
  subgroupSize: 32,
  subgroupMatrices: [halves],
};

describe("products by subgroup matrices", () => {
  it("come first for a float16 operand on such an adapter, and are not offered else", () => {
    expect(gemmKernelsOn(gpu, specOf([4, 4], "float16"))).toEqual(["tensor", "workgroup", "subgroup"]);
    expect(gemmKernelsOn(gpu, float32(4, 4))).toEqual(["workgroup", "subgroup"]);
    const without = { ...gpu, subgroupMatrices: [] };
    expect(gemmKernelsOn(without, specOf([4, 4], "float16"))).toEqual(["workgroup", "subgroup"]);
  });

  it("are of float16 for float16 operands where there are such, else of float32, which lose nothing", () => {
    const half = specOf([4, 4], "float16");
    const both = { ...gpu, subgroupMatrices: [singles, halves] };
    expect([subgroupMatrixOf(both, half), subgroupMatrixOf(both, float32(4, 4))]).toEqual([halves, singles]);
    const apple = { ...gpu, subgroupMatrices: [singles] };
    expect([subgroupMatrixOf(apple, half), subgroupMatrixOf(apple, float32(4, 4))]).toEqual([
      singles,
      singles,
    ]);
    expect(gemmKernelsOn(apple, float32(4, 4))).toEqual(["tensor", "workgroup", "subgroup"]);
  });

  it("are left alone where no tile has room", () => {
    const little = { ...gpu, maxComputeWorkgroupStorageSize: 16_384 };
    expect(gemmKernelsOn(little, specOf([4, 4], "float16"))).toEqual(["workgroup", "subgroup"]);
    // Nor where eight subgroups are 64 invocations.
    const intel = { ...gpu, subgroupMatrices: [{ ...halves, lanes: 8 }] };
    expect(gemmKernelsOn(intel, specOf([4, 4], "float16"))).toEqual(["workgroup", "subgroup"]);
  });

  it("take the largest tile of which there are enough, that is not half empty, and that the adapter has room for", () => {
    const tile = (caps: DeviceCaps, rows: number, columns: number, lanes = 32, fours = true) => {
      const { rows: r, columns: c } = subgroupMatrixTile(
        caps,
        { ...halves, lanes },
        { rows, columns, depth: 64 },
        fours,
      );
      return [r, c];
    };
    expect(tile(gpu, 450_000, 128)).toEqual([128, 128]);
    expect(tile(gpu, 32_768, 128)).toEqual([64, 128]);
    expect(tile(gpu, 20, 256)).toEqual([64, 128]);
    // Elements one by one take more registers.
    expect(tile(gpu, 20, 256, 32, false)).toEqual([128, 128]);
    expect(tile(gpu, 450_000, 64, 64)).toEqual([64, 64]);
    expect(tile(gpu, 450_000, 128, 64)).toEqual([64, 128]);
    expect(tile(gpu, 450_000, 128, 128)).toEqual([64, 64]);
    expect(tile({ ...gpu, maxComputeWorkgroupStorageSize: 20_000 }, 450_000, 128)).toEqual([64, 128]);
  });
});
