/** Dawn's null backend: it runs nothing, but compiles and validates shaders for features that no adapter here has. */
import { create, globals } from "webgpu";
import { PipelineCache } from "../../src/kernels/gpu/pipeline.js";

export interface NullDevice {
  /** Held, since the device does not outlive it. */
  readonly instance: GPU;
  readonly gpu: GPUDevice;
  readonly pipelines: PipelineCache;
  readonly subgroupMaxSize: number;
}

/** Throws where the backend lacks a feature. */
export async function createNullDevice(features: readonly string[]): Promise<NullDevice> {
  Object.assign(globalThis, globals);
  const instance = create(["backend=null", "enable-dawn-features=allow_unsafe_apis"]);
  const adapter = await instance.requestAdapter();
  if (!adapter) throw new Error("Dawn has no null backend");
  const gpu = await adapter.requestDevice({ requiredFeatures: features as GPUFeatureName[] });
  return {
    instance,
    gpu,
    pipelines: new PipelineCache(gpu),
    subgroupMaxSize: adapter.info.subgroupMaxSize!,
  };
}
