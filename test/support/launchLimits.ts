/** Whether an adapter accepts a launch: what WebGPU validates when a pipeline is made, bound and dispatched. */
import { boundBytes } from "../../src/graph/plan/programPlan.js";
import type { Launch } from "../../src/kernels/op.js";
import type { AdapterInfo } from "../../src/kernels/gpu/adapter.js";
import type { AdapterLimits } from "./adapterDrivers.js";
import { workgroupOf, type WorkgroupMatrix } from "./wgslConstants.js";

const featureOf = {
  f16: "shader-f16",
  subgroups: "subgroups",
  subgroup_size_control: "subgroup-size-control",
  chromium_experimental_subgroup_matrix: "chromium-experimental-subgroup-matrix",
} as const;

/** WebGPU's `minStorageBufferOffsetAlignment` on every adapter. */
const ALIGNMENT = 256;

/** What launches are validated against. */
export interface LaunchTarget {
  readonly limits: AdapterLimits;
  readonly features: ReadonlySet<string>;
  readonly info: AdapterInfo;
}

/** What is wrong with a launch; none where all is right. */
export function launchProblems(launch: Launch, { limits, features, info }: LaunchTarget): string[] {
  const { kernel, args, workgroups } = launch;
  const { size, bytes, subgroupSize, matrix } = workgroupOf(launch);
  const [x, y, z] = size;
  const halves = args.some(({ dtype }) => dtype === "float16") ? (["f16"] as const) : [];
  const needed = [...(kernel.enables ?? []), ...halves].map((extension) => featureOf[extension]);
  const checks: readonly (readonly [what: string, isRight: boolean])[] = [
    ["workgroups", workgroups.every((n) => n > 0 && n <= limits.maxComputeWorkgroupsPerDimension)],
    ["invocations", x * y * z <= limits.maxComputeInvocationsPerWorkgroup],
    ["workgroup size x", x > 0 && x <= limits.maxComputeWorkgroupSizeX],
    ["workgroup size y", y > 0 && y <= limits.maxComputeWorkgroupSizeY],
    ["workgroup size z", z === 1],
    ["subgroup size", subgroupSize === undefined || isSubgroupSize(subgroupSize, x, info)],
    ["subgroup matrix", matrix === undefined || isListed(matrix, info)],
    ["workgroup memory", bytes <= limits.maxComputeWorkgroupStorageSize],
    ["storage buffers", kernel.access.length <= limits.maxStorageBuffersPerShaderStage],
    ["binding size", args.every((arg) => boundBytes(arg) <= limits.maxStorageBufferBindingSize)],
    ["binding offset", args.every(({ byteOffset = 0 }) => byteOffset % ALIGNMENT === 0)],
    ...needed.map((feature) => [feature, features.has(feature)] as const),
  ];
  const about = `${kernel.name}, ${size.join("×")} invocations, ${bytes} bytes, workgroups ${workgroups.join("×")}`;
  return checks.filter(([, isRight]) => !isRight).map(([what]) => `${what}: ${about}`);
}

/** Dawn wants whole subgroups along x; drivers a power of two that they have. */
function isSubgroupSize(
  lanes: number,
  x: number,
  { subgroupMinSize, subgroupMaxSize }: AdapterInfo,
): boolean {
  const isPower = Number.isInteger(Math.log2(lanes));
  return isPower && lanes >= subgroupMinSize && lanes <= subgroupMaxSize && x % lanes === 0;
}

function isListed({ m, n, k, factors }: WorkgroupMatrix, { subgroupMatrixConfigs }: AdapterInfo): boolean {
  return subgroupMatrixConfigs.some(
    (c) =>
      c.componentType === factors &&
      c.resultComponentType === "f32" &&
      [c.M, c.N, c.K].join() === [m, n, k].join(),
  );
}
