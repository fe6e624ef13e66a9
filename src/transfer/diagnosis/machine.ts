/** What there is: the machine, the adapter, its limits and features. */
import { cpus, release, totalmem } from "node:os";
import { adapterName, findAdapter, usedFeatures, type DeviceOptions } from "../../kernels/gpu/adapter.js";
import { togglesFor } from "../../kernels/gpu/toggles.js";
import { version } from "../../version.js";

/** The limits that decide how large a batch may be and which kernels run. */
const shownLimits = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupsPerDimension",
] as const;

export function describeHost() {
  return {
    node: process.version,
    webgpu: version("webgpu"),
    platform: `${process.platform} ${process.arch}, ${release()}`,
    cpus: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

/** @throws WgraftError `no-adapter` */
export async function describeAdapter(options: DeviceOptions) {
  const { precision = "float32", toggles: asked = [], fast } = options;
  const toggles = togglesFor(precision, asked, fast);
  const { adapter, info } = await findAdapter({ ...options, toggles });
  const { limits } = adapter;
  return {
    name: adapterName(info),
    vendor: info.vendor,
    architecture: info.architecture,
    driver: info.description,
    software: info.software,
    toggles,
    usedFeatures: usedFeatures(adapter) as string[],
    features: [...adapter.features].sort(),
    subgroupSizes: `${info.subgroupMinSize} to ${info.subgroupMaxSize}`,
    subgroupMatrixConfigs: info.subgroupMatrixConfigs.map(
      (c) => `${c.M}×${c.N}×${c.K} ${c.componentType} → ${c.resultComponentType}`,
    ),
    limits: Object.fromEntries(shownLimits.map((name) => [name, limits[name]])),
  };
}
