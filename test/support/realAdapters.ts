/**
 * What Dawn reports of adapters that are not here: names, subgroups, features and limits, each row with its source. Names are by
 * Dawn's src/dawn/gpu_info.json. What no source tells is marked "assumed", and then the smaller value; descriptions are examples.
 */
import {
  anv,
  d3d12,
  metal,
  MiB,
  nvidia,
  radv,
  turnip,
  vulkan,
  type Gpu,
  type RealAdapter,
} from "./adapterDrivers.js";

const amd = (architecture: string, device: string, subgroups: Gpu["subgroups"], source: string): Gpu => {
  return { vendor: "amd", architecture, device, subgroups, source };
};

const intel = (architecture: string, device: string, source: string): Gpu => {
  return { vendor: "intel", architecture, device, subgroups: [8, 32], source };
};

const geforce = {
  vendor: "nvidia",
  architecture: "lovelace",
  device: "NVIDIA GeForce RTX 4090",
  subgroups: [32, 32],
} as const;

const adreno = { vendor: "qualcomm", architecture: "adreno-7xx", subgroups: [64, 128] } as const;

export const realAdapters: readonly RealAdapter[] = [
  vulkan(
    {
      ...geforce,
      source:
        "https://github.com/ggml-org/llama.cpp/pull/14934 and https://github.com/ggml-org/llama.cpp/pull/11595 (RTX 4070 and 3090: " +
        "warp size 32, shared memory 49152, the same for the 4090 assumed); https://github.com/expipiplus1/vulkan/issues/48 " +
        "(vulkaninfo of NVIDIA's driver); https://github.com/Jumperkables/cuda-benchmarking (1024 invocations)",
    },
    nvidia,
  ),
  d3d12({ ...geforce, source: "wave size 32 and 16-bit operations assumed from the same GPU on Vulkan" }),
  vulkan(
    {
      ...geforce,
      // gpu_info.json does not have its device id, 0x2330.
      architecture: "",
      device: "NVIDIA H100 80GB HBM3",
      source:
        "https://github.com/gfx-rs/wgpu/issues/8105 (vulkaninfo of an H100: maxStorageBufferRange 4294967295); all else assumed to " +
        "be as on the RTX 4090, 49152 bytes of shared memory among it",
    },
    nvidia,
  ),
  vulkan(
    amd(
      "rdna-3",
      "AMD Radeon RX 7900 XTX (RADV NAVI31)",
      [32, 64],
      "Mesa src/amd/vulkan/radv_physical_device.c; https://github.com/pytorch/executorch/pull/18726 (cooperative matrices of " +
        "an RX 7900 XTX)",
    ),
    {
      ...radv,
      products: [
        [16, 16, 16, "f16"],
        [16, 16, 16, "f32"],
      ],
    },
  ),
  d3d12(
    amd(
      "rdna-3",
      "AMD Radeon RX 7900 XTX",
      [32, 64],
      "wave sizes and 16-bit operations assumed from Vulkan's",
    ),
  ),
  vulkan(
    amd("rdna-2", "AMD Radeon RX 6800 (RADV NAVI21)", [32, 64], "Mesa src/amd/vulkan/radv_physical_device.c"),
    radv,
  ),
  d3d12(
    amd("rdna-2", "AMD Radeon RX 6800", [32, 64], "wave sizes and 16-bit operations assumed from Vulkan's"),
  ),
  vulkan(
    amd("gcn-5", "AMD Radeon VII (RADV VEGA20)", [64, 64], "Mesa src/amd/vulkan/radv_physical_device.c"),
    radv,
  ),
  d3d12(amd("gcn-5", "AMD Radeon VII", [64, 64], "wave sizes and 16-bit operations assumed from Vulkan's")),
  metal(
    "Apple M1",
    "Dawn src/dawn/native/metal/PhysicalDeviceMTL.mm, family Apple7; a maxBufferLength of 4 GiB or more assumed, from its " +
      "comment in BufferMTL.mm",
  ),
  metal(
    "Apple M3",
    "Dawn src/dawn/native/metal/PhysicalDeviceMTL.mm, family Apple9; a maxBufferLength of 4 GiB or more assumed, from its " +
      "comment in BufferMTL.mm",
  ),
  vulkan(
    intel(
      "gen-12-hp",
      "Intel(R) Arc(tm) A770 Graphics (DG2)",
      "Mesa src/intel/vulkan/anv_physical_device.c; https://github.com/ggml-org/llama.cpp/pull/11595 (shared memory 65536); " +
        "https://github.com/ggml-org/llama.cpp/pull/10597 (it has cooperative matrices, whose shape is assumed)",
    ),
    { ...anv, products: [[8, 8, 16, "f32"]] },
  ),
  d3d12(
    intel(
      "gen-12-hp",
      "Intel(R) Arc(TM) A770 Graphics",
      "wave sizes and 16-bit operations assumed from Vulkan's",
    ),
  ),
  vulkan(
    intel(
      "gen-12-lp",
      "Intel(R) UHD Graphics 770 (ADL-S GT1)",
      "Mesa src/intel/vulkan/anv_physical_device.c; a memory heap of 4 GiB or more assumed",
    ),
    anv,
  ),
  d3d12(
    intel(
      "gen-12-lp",
      "Intel(R) UHD Graphics 770",
      "https://github.com/gpuweb/gpuweb/issues/6241 and Dawn's toggle d3d12_relax_min_subgroup_size_to_8 (16, reported as 8); 32 " +
        "and 16-bit operations assumed from Vulkan's",
    ),
  ),
  vulkan(
    {
      ...adreno,
      device: "Adreno X1-85",
      source:
        "Mesa src/freedreno/vulkan/tu_device.cc; https://github.com/ggml-org/ggml/issues/1287 (Turnip on an Adreno 750: 128 lanes, " +
        "fp16, shared memory 32768), the same for the X1-85 assumed",
    },
    turnip,
  ),
  d3d12(
    {
      ...adreno,
      device: "Snapdragon(R) X Elite - X1E80100 - Qualcomm(R) Adreno(TM) GPU",
      source:
        "https://github.com/xemu-project/xemu/issues/1878 (device id), which gpu_info.json has as Adreno 7xx; Dawn's " +
        "PhysicalDeviceD3D12.cpp (bindings of 2^28 bytes); https://github.com/ggml-org/llama.cpp/issues/8455 (Dozen on an X1P: 64 " +
        "lanes, fp16); 128 lanes at most assumed",
    },
    256 * MiB,
  ),
];
