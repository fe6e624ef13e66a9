/** The matrix product by subgroup matrices: Dawn compiles it with the real builtins; when it is chosen, and its tiles. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { capsOf, type AdapterInfo, type SubgroupMatrixConfig } from "../../../src/kernels/gpu/adapter.js";
import { conv2d } from "../../../src/kernels/conv/conv2d.js";
import { conv2dBackpropFilter } from "../../../src/kernels/conv/conv2dBackpropFilter.js";
import { conv2dBackpropInput } from "../../../src/kernels/conv/conv2dBackpropInput.js";
import { gemmKernelsOn } from "../../../src/kernels/gemm/gemm.js";
import { subgroupMatrixTile } from "../../../src/kernels/gemm/gemmSubgroupMatrix.js";
import { matMul } from "../../../src/kernels/gemm/matMul.js";
import { float32, specOf, type DeviceCaps, type Op } from "../../../src/kernels/op.js";
import { shaderText } from "../../../src/kernels/gpu/pipeline.js";
import type { FloatType, Shape, TensorSpec } from "../../../src/tensor.js";
import { testCaps } from "../../support/caps.js";
import { recordLaunches } from "../../support/lowering.js";
import { createNullDevice, type NullDevice } from "../../support/nullDevice.js";

const matrixFeatures = ["subgroups", "shader-f16", "chromium-experimental-subgroup-matrix"];

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
    matrix: { m: number; n: number; k: number },
    inputs: readonly TensorSpec[],
    output: TensorSpec,
    attrs: A,
  ) {
    const subgroupSize = device.subgroupMaxSize;
    const recording = recordLaunches({ ...testCaps, f16: true, subgroupSize, subgroupMatrix: matrix });
    const operands = [...inputs, output].map((spec, slot) => ({ ...spec, slot }));
    op.lower!(recording.ctx, operands.slice(0, -1), operands.slice(-1), attrs);
    return recording.launches.filter(({ kernel }) => kernel.name.includes("_tensor"));
  }

  const matrices = [
    { m: 16, n: 16, k: 16 },
    { m: 8, n: 8, k: 8 },
    { m: 16, n: 8, k: 32 },
  ];
  const stored: FloatType[] = ["float16", "float32"];

  // Sizes that are multiples of four, and sizes that are none: vectors of four, or elements one by one.
  describe.each([4, 3])("sizes that are multiples of %i", (d) => {
    const [x, y, kernel]: Shape[] = [
      [1, 6, 6, 2 * d],
      [1, 6, 6, d],
      [3, 3, 2 * d, d],
    ];
    it.each(matrices)("in matrices of $m×$n×$k", async (matrix) => {
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

describe("the adapter's product of matrices", () => {
  const config = (M: number, N: number, K: number, componentType = "f16", resultComponentType = "f32") => ({
    M,
    N,
    K,
    componentType,
    resultComponentType,
  });
  const capsWith = (
    configs: SubgroupMatrixConfig[],
    { features = matrixFeatures, subgroupMinSize = 32 } = {},
  ): DeviceCaps =>
    capsOf(
      { subgroupMatrixConfigs: configs, subgroupMinSize, subgroupMaxSize: 32 } as unknown as AdapterInfo,
      new Set(features),
      {} as GPUSupportedLimits,
    );

  it("is the largest of float16 that adds up in float32", () => {
    const configs = [
      config(16, 16, 32, "u8", "u32"),
      config(16, 16, 16, "f16", "f16"),
      config(16, 8, 16),
      config(16, 16, 16),
      config(16, 8, 8),
      // Of no tile: a subgroup computes 32 × 64 sums.
      config(64, 24, 16),
    ];
    expect(capsWith(configs).subgroupMatrix).toEqual({ m: 16, n: 16, k: 16 });
    expect(capsWith([config(8, 8, 8)]).subgroupMatrix).toEqual({ m: 8, n: 8, k: 8 });
  });

  it("is absent without one, a feature, or a fixed size of subgroups", () => {
    const configs = [config(16, 16, 16)];
    expect(capsWith(configs).subgroupMatrix).toBeDefined();
    expect(capsWith([config(8, 8, 8, "f32", "f32")]).subgroupMatrix).toBeUndefined();
    expect(capsWith(configs, { subgroupMinSize: 8 }).subgroupMatrix).toBeUndefined();
    for (const feature of matrixFeatures) {
      const features = matrixFeatures.filter((f) => f !== feature);
      expect(capsWith(configs, { features }).subgroupMatrix).toBeUndefined();
    }
  });
});

const gpu = { ...testCaps, f16: true, subgroupSize: 32, subgroupMatrix: { m: 16, n: 16, k: 16 } };

describe("products by subgroup matrices", () => {
  it("come first for a float16 operand on such an adapter, and are not offered else", () => {
    expect(gemmKernelsOn(gpu, specOf([4, 4], "float16"))).toEqual(["tensor", "workgroup", "subgroup"]);
    expect(gemmKernelsOn(gpu, float32(4, 4))).toEqual(["workgroup", "subgroup"]);
    expect(gemmKernelsOn(gpu)).toEqual(["workgroup", "subgroup"]);
    const without = { ...gpu, subgroupMatrix: undefined };
    expect(gemmKernelsOn(without, specOf([4, 4], "float16"))).toEqual(["workgroup", "subgroup"]);
  });

  it("take the largest tile of which there are enough, and that the adapter has room for", () => {
    const large = { ...gpu, maxComputeWorkgroupStorageSize: 49152 };
    const tile = (caps: typeof gpu, rows: number, columns: number) => {
      const { rows: r, columns: c } = subgroupMatrixTile(caps, { rows, columns }, 128);
      return [r, c];
    };
    expect(tile(large, 45000, 64)).toEqual([128, 128]);
    expect(tile(large, 8192, 128)).toEqual([64, 128]);
    expect(tile(large, 20, 256)).toEqual([64, 64]);
    expect(tile({ ...large, subgroupSize: 64 }, 45000, 64)).toEqual([64, 128]);
    expect(tile({ ...large, subgroupSize: 128 }, 45000, 64)).toEqual([64, 64]);
    // WebGPU's default limit: 16 KiB.
    expect(tile(gpu, 45000, 64)).toEqual([64, 64]);
  });
});
