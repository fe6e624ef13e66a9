/** Plans of whole networks for adapters that are not here: every launch is one that they accept. */
import { beforeAll, describe, expect, it } from "vitest";
import type { Step } from "../../src/graph/plan/lower.js";
import { launchesOf, type ProgramPlan } from "../../src/graph/plan/programPlan.js";
import { subgroupMatrixOf } from "../../src/kernels/gemm/gemmSubgroupMatrix.js";
import { tuningKey } from "../../src/kernels/gpu/tuning.js";
import { specOf, type Access, type DeviceCaps, type Launch } from "../../src/kernels/op.js";
import { ResNet50, VGG16 } from "../../src/models/applications/index.js";
import type { Model } from "../../src/models/model.js";
import type { Mode } from "../../src/models/training/programs.js";
import { storageBytesOf } from "../../src/tensor.js";
import type { AdapterLimits } from "../support/adapterDrivers.js";
import { launchProblems } from "../support/launchLimits.js";
import { launchesBy } from "../support/lowering.js";
import { machinesOf, planned, planOf, type Machine } from "../support/plans.js";
import { realAdapters } from "../support/realAdapters.js";

/** Adapters that the engine cannot tell from each other are planned for once. */
const kinds = new Map<string, Machine[]>();
for (const machine of realAdapters.flatMap(machinesOf)) {
  const kind = JSON.stringify([machine.caps, machine.limits, machine.info.subgroupMatrixConfigs]);
  kinds.set(kind, [...(kinds.get(kind) ?? []), machine]);
}
const cases = [...kinds.values()].map((alike) => {
  return { names: [...new Set(alike.map(({ name }) => name))].join("; "), machine: alike[0] };
});

const programs: readonly (readonly [mode: Mode, batch: number])[] = [
  ["predict", 1],
  ["predict", 20],
  ["train", 20],
];

const models = new Map<string, Model>();
beforeAll(async () => {
  for (const [name, build] of Object.entries({ VGG16, ResNet50 })) {
    for (const precision of ["float32", "float16"] as const) {
      models.set(`${name} ${precision}`, await planned(build, cases[0].machine, precision));
    }
  }
});

/** What tells launches of one node from those of another variant. */
function shown({ kernel, prelude, constants, params, workgroups }: Launch): string {
  return JSON.stringify([kernel.name, prelude, constants, params, workgroups]);
}

/** The launches of each of a node's variants, the heuristic's first. */
function variantsOf({ node }: Step, caps: DeviceCaps): (readonly Launch[])[] {
  const { op, inputs, outputs, attrs } = node;
  const names = [...(op.variants?.(caps, inputs, outputs, attrs).keys() ?? [])];
  return names.map((variant) => launchesBy(variant, node, caps));
}

/** The first variants of nodes whose variants an adapter accepts, by the nodes' tuning keys. */
type Checked = Map<string, string>;

/** What is wrong with the variants that a tuning would try for a node, or with what is planned without one. */
function variantProblems(step: Step, machine: Machine, checked: Checked): string[] {
  const { op, inputs, attrs } = step.node;
  if (!op.variants) return [];
  const problems: string[] = [];
  const key = tuningKey(
    op.name,
    inputs.map((input) => ({ ...input, constant: false })),
    attrs,
  );
  let first = checked.get(key);
  if (first === undefined) {
    const variants = variantsOf(step, machine.caps);
    problems.push(...variants.flat().flatMap((launch) => launchProblems(launch, machine)));
    first = variants[0].map(shown).join();
    checked.set(key, first);
  }
  if (first !== step.launches.map(shown).join())
    problems.push(`${op.name}: not planned as its first variant`);
  return problems;
}

/** WebGPU forbids to read a buffer, even another part of it, that the same dispatch writes. */
function sharedBuffers({ lowered, buffers }: ProgramPlan): string[] {
  const bufferOf = (slot: number) => buffers.placement.get(slot) ?? `own ${slot}`;
  return launchesOf(lowered.steps).flatMap(({ launch: { kernel, args } }) => {
    const boundAs = (access: Access) =>
      new Set(args.filter((_, i) => kernel.access[i] === access).map(({ slot }) => bufferOf(slot)));
    const isShared = [...boundAs("read_write")].some((buffer) => boundAs("read").has(buffer));
    return isShared ? [`${kernel.name}: reads a buffer that it writes`] : [];
  });
}

function problemsOf(plan: ProgramPlan, machine: Machine, checked: Checked): string[] {
  const { steps } = plan.lowered;
  const { maxBufferSize } = machine.limits;
  const specs = [...plan.variables.keys(), ...plan.inputs.values(), ...plan.forms.map(({ spec }) => spec)];
  const tooLarge = [...plan.buffers.sizes, ...specs.map(storageBytesOf)].filter(
    (size) => size > maxBufferSize,
  );
  const problems = [
    ...launchesOf(steps).flatMap(({ launch }) => launchProblems(launch, machine)),
    ...steps.flatMap((step) => variantProblems(step, machine, checked)),
    ...sharedBuffers(plan),
    ...tooLarge.map((bytes) => `a buffer of ${bytes} bytes`),
  ];
  return [...new Set(problems)];
}

describe.each(cases)("$names", ({ machine }) => {
  const precisions = machine.caps.f16 ? (["float32", "float16"] as const) : (["float32"] as const);
  const runs = ["VGG16", "ResNet50"].flatMap((name) => precisions.map((precision) => ({ name, precision })));
  it.each(runs)("accepts $name in $precision", ({ name, precision }) => {
    const model = models.get(`${name} ${precision}`)!;
    const checked: Checked = new Map();
    for (const [mode, batch] of programs) {
      const plan = planOf(model, precision, machine, mode, batch);
      expect(problemsOf(plan, machine, checked), `${mode} ${batch}`).toEqual([]);
    }
    expect(checked.size).toBeGreaterThan(20);
  });
});

/** What an adapter is asked for with all toggles: lanes of subgroups, and the products of matrices that it computes. */
function chosenOn({ caps }: Machine): string {
  const chosen = (["float16", "float32"] as const).map((dtype) =>
    subgroupMatrixOf(caps, specOf([4, 4], dtype)),
  );
  const matrices = [...new Set(chosen)].flatMap((matrix) => {
    if (!matrix) return [];
    const { m, n, k, factors, lanes } = matrix;
    return [`${m}×${n}×${k} ${factors} by ${lanes}`];
  });
  return [`${caps.subgroupSize}`, ...matrices].join(", ");
}

it("has subgroups of a size that kernels ask for, and the matrices that it lists", () => {
  const chosen = realAdapters.map((adapter) => {
    const machine = machinesOf(adapter).at(-1)!;
    return [`${adapter.info.device} on ${adapter.backend}`, chosenOn(machine)];
  });
  expect(Object.fromEntries(chosen)).toEqual({
    "NVIDIA GeForce RTX 4090 on Vulkan": "32, 16×16×16 float16 by 32",
    "NVIDIA GeForce RTX 4090 on D3D12": "32",
    "NVIDIA H100 80GB HBM3 on Vulkan": "32, 16×16×16 float16 by 32",
    "AMD Radeon RX 7900 XTX (RADV NAVI31) on Vulkan": "32, 16×16×16 float16 by 32",
    "AMD Radeon RX 7900 XTX on D3D12": "32",
    "AMD Radeon RX 6800 (RADV NAVI21) on Vulkan": "32",
    "AMD Radeon RX 6800 on D3D12": "32",
    "AMD Radeon VII (RADV VEGA20) on Vulkan": "64",
    "AMD Radeon VII on D3D12": "64",
    "Apple M1 on Metal": "32, 8×8×8 float32 by 32",
    "Apple M3 on Metal": "32, 8×8×8 float32 by 32",
    // Its matrices are for subgroups of 8, of which no tile stays in registers.
    "Intel(R) Arc(tm) A770 Graphics (DG2) on Vulkan": "16",
    "Intel(R) Arc(TM) A770 Graphics on D3D12": "16",
    "Intel(R) UHD Graphics 770 (ADL-S GT1) on Vulkan": "16",
    "Intel(R) UHD Graphics 770 on D3D12": "16",
    "Adreno X1-85 on Vulkan": "64",
    "Snapdragon(R) X Elite - X1E80100 - Qualcomm(R) Adreno(TM) GPU on D3D12": "64",
  });
});

describe("an adapter with less", () => {
  const [{ machine }] = cases.filter((each) => each.machine.caps.subgroupMatrices!.length > 0);
  const plan = () => planOf(models.get("VGG16 float16")!, "float16", machine, "predict", 1);
  const less = (limits: Partial<AdapterLimits>, features = machine.features) => {
    return problemsOf(plan(), { ...machine, limits: { ...machine.limits, ...limits }, features }, new Map());
  };

  it.each([
    [{ maxComputeWorkgroupsPerDimension: 20 }, "workgroups"],
    [{ maxComputeInvocationsPerWorkgroup: 255 }, "invocations"],
    [{ maxComputeWorkgroupSizeX: 255 }, "workgroup size x"],
    [{ maxComputeWorkgroupSizeY: 15 }, "workgroup size y"],
    // 128 lines of 32 + 8 float16 and 32 lines of 128 + 8, and 8 sums of 16 × 16 float32.
    [{ maxComputeWorkgroupStorageSize: 2 * (128 * 40 + 32 * 136) + 4 * 8 * 256 - 1 }, "workgroup memory"],
    [{ maxStorageBuffersPerShaderStage: 3 }, "storage buffers"],
    [{ maxStorageBufferBindingSize: 2 ** 20 }, "binding size"],
    [{ maxBufferSize: 2 ** 20 }, "a buffer"],
  ])("is told from one that suffices: %o", (limits, what) => {
    expect(less(limits)).toContainEqual(expect.stringMatching(`^${what}`));
  });

  it.each(["shader-f16", "subgroups", "subgroup-size-control", "chromium-experimental-subgroup-matrix"])(
    "lacks %s",
    (feature) => {
      const features = new Set([...machine.features].filter((each) => each !== feature));
      expect(less({}, features)).toContainEqual(expect.stringMatching(`^${feature}: `));
    },
  );
});
