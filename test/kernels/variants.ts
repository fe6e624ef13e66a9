import type { DeviceCaps } from "../../src/kernels/op.js";

/** Capabilities that make `launchGemm` choose each of its variants on a device that can run them all. */
export const gemmVariants: readonly (readonly [name: string, caps: Partial<DeviceCaps>])[] = [
  ["the adapter's own", {}],
  ["workgroup", { subgroupSize: 0 }],
];
