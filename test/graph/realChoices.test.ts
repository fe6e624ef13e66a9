/** Which variants VGG16's convolutions are computed by, where nothing was measured, on adapters that are not here. */
import { expect, it } from "vitest";
import { VGG16 } from "../../src/models/applications/index.js";
import { machinesOf, planned, planOf, type Machine } from "../support/plans.js";
import { realAdapters } from "../support/realAdapters.js";
import type { Model } from "../../src/models/model.js";
import type { FloatType } from "../../src/tensor.js";

/** The first variants of VGG16's convolutions, in their order, and how many follow each other. */
function convolutionsOn(model: Model, machine: Machine, precision: FloatType, batch: number): string {
  const { steps } = planOf(model, precision, machine, "predict", batch).lowered;
  const names = steps.flatMap(({ tunable, node }) =>
    node.op.name.startsWith("conv2d") ? [tunable!.variants[0]] : [],
  );
  const runs = names.filter((name, i) => name !== names[i - 1]);
  let next = 0;
  return runs
    .map((name, i) => {
      const first = next;
      next =
        i + 1 < runs.length ? names.findIndex((other, at) => at > first && other !== name) : names.length;
      return `${next - first} ${name}`;
    })
    .join(", ");
}

/** An image, 20 images, and 20 images in float16. */
const plain = [
  "2 direct workgroup, 8 f4 workgroup, 3 direct workgroup",
  "3 direct workgroup, 10 f4 workgroup",
  "3 direct workgroup, 10 f4 workgroup",
];
const withMatrices = [plain[0], plain[1], "13 direct tensor"];
const onApple = [
  "2 direct workgroup, 8 f4 workgroup, 3 direct workgroup",
  "2 direct workgroup, 1 direct tensor, 10 f4 tensor",
  "2 direct workgroup, 1 direct tensor, 10 f4 tensor",
];

it("are those that the estimate takes to be fastest", async () => {
  const [machine] = machinesOf(realAdapters[0]);
  const [ofFloats, ofHalves] = [
    await planned(VGG16, machine, "float32"),
    await planned(VGG16, machine, "float16"),
  ];
  const chosen = realAdapters.map((adapter) => {
    const machine = machinesOf(adapter).at(-1)!;
    const all = [
      convolutionsOn(ofFloats, machine, "float32", 1),
      convolutionsOn(ofFloats, machine, "float32", 20),
    ];
    if (machine.caps.f16) all.push(convolutionsOn(ofHalves, machine, "float16", 20));
    return [`${adapter.info.device} on ${adapter.backend}`, all];
  });
  expect(Object.fromEntries(chosen)).toEqual({
    "AMD Radeon RX 6800 (RADV NAVI21) on Vulkan": plain,
    "AMD Radeon RX 6800 on D3D12": plain,
    "AMD Radeon RX 7900 XTX (RADV NAVI31) on Vulkan": withMatrices,
    "AMD Radeon RX 7900 XTX on D3D12": plain,
    "AMD Radeon VII (RADV VEGA20) on Vulkan": plain,
    "AMD Radeon VII on D3D12": plain,
    "Adreno X1-85 on Vulkan": plain,
    "Apple M1 on Metal": onApple,
    "Apple M3 on Metal": onApple,
    "Intel(R) Arc(TM) A770 Graphics on D3D12": plain,
    "Intel(R) Arc(tm) A770 Graphics (DG2) on Vulkan": plain,
    "Intel(R) UHD Graphics 770 (ADL-S GT1) on Vulkan": plain,
    "Intel(R) UHD Graphics 770 on D3D12": plain,
    "NVIDIA GeForce RTX 4090 on D3D12": plain,
    "NVIDIA GeForce RTX 4090 on Vulkan": withMatrices,
    "NVIDIA H100 80GB HBM3 on Vulkan": withMatrices,
    "Snapdragon(R) X Elite - X1E80100 - Qualcomm(R) Adreno(TM) GPU on D3D12": plain,
  });
});
