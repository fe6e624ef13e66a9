import type { DeviceCaps } from "../../src/kernels/op.js";

/** Capabilities of an adapter that is not there, for the tests that need no device. WebGPU's default limits. */
export const testCaps: DeviceCaps = {
  maxStorageBufferBindingSize: 134217728,
  maxComputeWorkgroupStorageSize: 16384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupsPerDimension: 65535,
  maxStorageBuffersPerShaderStage: 8,
  subgroupSize: 0,
  f16: false,
  busyWorkgroups: 512,
  software: false,
};
