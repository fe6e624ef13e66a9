/**
 * What adapters have in common that Dawn reaches by the same backend and driver.
 *
 * Dawn's part is read from its source (google/dawn at 1e975e28f98a, in src/dawn/native): limits without tiers, as dawn.node
 * asks for them, and storage buffers capped to 16 a stage (`NormalizeLimits`). The drivers' part is read from Mesa's source.
 */
import type { AdapterInfo, CapsLimits, SubgroupMatrixConfig } from "../../src/kernels/gpu/adapter.js";

/** All that a device is opened with. */
export type AdapterLimits = CapsLimits &
  Pick<GPUSupportedLimits, "maxBufferSize" | "maxComputeWorkgroupSizeX" | "maxComputeWorkgroupSizeY">;

export interface RealAdapter {
  readonly backend: "Vulkan" | "D3D12" | "Metal";
  /** `subgroupMatrixConfigs` without those of integers, which the engine does not use. */
  readonly info: AdapterInfo;
  /** With all of `toggles`. */
  readonly features: readonly string[];
  /** Dawn's toggles without which it keeps a feature back, by the feature. */
  readonly toggles: Readonly<Record<string, string>>;
  readonly limits: AdapterLimits;
  readonly source: string;
}

export const MiB = 2 ** 20;
const GiB = 2 ** 30;

// Of the feature for sizes of subgroups: Dawn has it on Vulkan with VK_EXT_subgroup_size_control (all drivers here), on Direct3D
// from shader model 6.6 on (assumed of all GPUs here), on Metal with a single size.
const common = ["subgroups", "subgroup-size-control", "timestamp-query"];
const matrices = "chromium-experimental-subgroup-matrix";
const unsafe = { [matrices]: "allow_unsafe_apis" };

/** [M, K] · [K, N] of float16, as [M, N, K, type of the sums]. */
type Product = readonly [m: number, n: number, k: number, sums: "f16" | "f32"];

export interface Gpu {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly subgroups: readonly [min: number, max: number];
  readonly source: string;
}

function infoOf(
  { vendor, architecture, device, subgroups: [subgroupMinSize, subgroupMaxSize] }: Gpu,
  description: string,
  products: readonly Product[] = [],
): AdapterInfo {
  return {
    vendor,
    architecture,
    device,
    description,
    software: false,
    subgroupMinSize,
    subgroupMaxSize,
    subgroupMatrixConfigs: products.map(([M, N, K, resultComponentType]): SubgroupMatrixConfig => {
      return { M, N, K, componentType: "f16", resultComponentType };
    }),
  };
}

/** Everywhere, or what Dawn caps it to. */
const desktop = {
  maxComputeInvocationsPerWorkgroup: 1024,
  maxComputeWorkgroupSizeX: 1024,
  maxComputeWorkgroupSizeY: 1024,
  maxComputeWorkgroupsPerDimension: 65535,
  maxStorageBuffersPerShaderStage: 16,
};

interface VulkanDriver {
  readonly description: string;
  readonly limits: AdapterLimits;
  readonly products?: readonly Product[];
  readonly toggles?: Readonly<Record<string, string>>;
}

export function vulkan(gpu: Gpu, { description, limits, products, toggles = {} }: VulkanDriver): RealAdapter {
  return {
    backend: "Vulkan",
    info: infoOf(gpu, description, products),
    features: [...common, "shader-f16", ...(products ? [matrices] : [])],
    toggles: { ...toggles, ...(products ? unsafe : {}) },
    limits,
    source: gpu.source,
  };
}

export const nvidia: VulkanDriver = {
  description: "NVIDIA: 570.00",
  limits: {
    ...desktop,
    // Dawn's PhysicalDeviceVk.cpp: arrayLength is 0 from 2 GiB on.
    maxStorageBufferBindingSize: 2 * GiB - 4,
    // Assumed: more than 4 GiB are possible (https://github.com/ggml-org/llama.cpp/pull/16354); how many, no source tells.
    maxBufferSize: 4 * GiB,
    maxComputeWorkgroupStorageSize: 48 * 1024,
  },
  // These shapes: https://github.com/KhronosGroup/VK-GL-CTS/issues/546 (NVK) and
  // https://github.com/jeffbolznv/vk_cooperative_matrix_perf/issues/1 (a TITAN RTX); assumed to be all.
  products: [
    [16, 16, 16, "f16"],
    [16, 16, 16, "f32"],
    [16, 8, 16, "f16"],
    [16, 8, 16, "f32"],
    [16, 8, 8, "f16"],
    [16, 8, 8, "f32"],
  ],
  toggles: { "shader-f16": "vulkan_enable_f16_on_nvidia" },
};

/** Mesa's src/amd/vulkan/radv_physical_device.c and radv_constants.h. */
export const radv: VulkanDriver = {
  description: "radv: Mesa 25.2.0",
  limits: {
    ...desktop,
    maxStorageBufferBindingSize: 4 * GiB - 4,
    maxBufferSize: 4 * GiB - 4,
    maxComputeWorkgroupStorageSize: 64 * 1024,
  },
};

/** Mesa's src/intel/vulkan/anv_physical_device.c, src/intel/isl/isl.c and src/intel/dev/intel_device_info.c. */
export const anv: VulkanDriver = {
  description: "Intel open-source Mesa driver: Mesa 25.2.0",
  limits: {
    ...desktop,
    maxStorageBufferBindingSize: 4 * GiB - 1,
    maxBufferSize: 4 * GiB,
    maxComputeWorkgroupStorageSize: 64 * 1024,
  },
};

/** Mesa's src/freedreno/vulkan/tu_device.cc and tu_common.h, and src/freedreno/common/freedreno_devices.py. */
export const turnip: VulkanDriver = {
  description: "turnip Mesa driver: Mesa 25.2.0",
  limits: {
    ...desktop,
    maxComputeInvocationsPerWorkgroup: 2048,
    maxStorageBufferBindingSize: 128 * MiB,
    maxBufferSize: 4 * GiB,
    maxComputeWorkgroupStorageSize: 32 * 1024,
  },
};

/**
 * Dawn's PhysicalDeviceD3D12.cpp: the limits are Direct3D's, the same for every driver. Subgroup matrices take shader model 6.10 and a
 * preview of the Agility SDK: none.
 */
export function d3d12(gpu: Gpu, maxStorageBufferBindingSize = 2 * GiB): RealAdapter {
  return {
    backend: "D3D12",
    info: infoOf(gpu, "D3D12 driver version"),
    features: [...common, "shader-f16"],
    toggles: {},
    limits: {
      ...desktop,
      maxStorageBufferBindingSize,
      maxBufferSize: 2 * GiB,
      maxComputeWorkgroupStorageSize: 32 * 1024,
    },
    source: gpu.source,
  };
}

/** Dawn's PhysicalDeviceMTL.mm: 8 × 8 × 8 alone, of float32 and of float16 added up in float16. */
export function metal(device: string, source: string): RealAdapter {
  const gpu: Gpu = { vendor: "apple", architecture: "metal-3", device, subgroups: [32, 32], source };
  const info = infoOf(gpu, "Metal driver on macOS Version 15.0", [[8, 8, 8, "f16"]]);
  const float32 = { M: 8, N: 8, K: 8, componentType: "f32", resultComponentType: "f32" };
  return {
    backend: "Metal",
    info: { ...info, subgroupMatrixConfigs: [float32, ...info.subgroupMatrixConfigs] },
    features: [...common, "shader-f16", matrices],
    toggles: unsafe,
    limits: {
      ...desktop,
      maxStorageBufferBindingSize: 4 * GiB - 1,
      maxBufferSize: 4 * GiB - 1,
      maxComputeWorkgroupStorageSize: 32 * 1024,
      // 31 entries of the argument table, less one, 12 uniform and 8 vertex buffers.
      maxStorageBuffersPerShaderStage: 10,
    },
    source,
  };
}
