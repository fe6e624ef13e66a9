/** Shader text → compute pipeline, compiled once per (kernel, prelude, constants). */
import { WgraftError } from "../../errors.js";
import type { DType } from "../../tensor.js";
import type { Kernel } from "../op.js";

/** What a pipeline is compiled from; a `Launch` is one. */
export interface PipelineSpec {
  readonly kernel: Kernel;
  readonly constants?: Readonly<Record<string, number>>;
  readonly prelude?: string;
  /** What is bound: float16 among it enables the extension. */
  readonly args?: readonly { readonly dtype: DType }[];
}

/** The whole module: enable directives must come first, then the generated prelude, then the kernel. */
export function shaderText(spec: PipelineSpec): string {
  const { kernel, prelude } = spec;
  const enables = enablesOf(spec)
    .map((name) => `enable ${name};\n`)
    .join("");
  return `${enables}${prelude ? `${prelude}\n` : ""}${declareParams(kernel)}${kernel.source}`;
}

function enablesOf({ kernel, args = [] }: PipelineSpec): string[] {
  const halves = args.some(({ dtype }) => dtype === "float16");
  return [...new Set([...(kernel.enables ?? []), ...(halves ? ["f16"] : [])])];
}

function declareParams({ access, params }: Kernel): string {
  if (!params) return "";
  const fields = params.map((name) => `  ${name}: u32,\n`).join("");
  return `struct Params {\n${fields}}\n@group(0) @binding(${access.length}) var<uniform> params: Params;\n`;
}

export function pipelineKey(spec: PipelineSpec): string {
  const { kernel, constants, prelude } = spec;
  const values = Object.entries(constants ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const settings = values.map(([k, v]) => `${k}=${v}`).join(" ");
  return `${kernel.name} ${enablesOf(spec).join(" ")} ${settings}\n${prelude ?? ""}`;
}

export class PipelineCache {
  private readonly pipelines = new Map<string, Promise<GPUComputePipeline>>();
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly layouts = new Map<string, GPUBindGroupLayout>();

  constructor(private readonly gpu: GPUDevice) {}

  /** Pipelines compiled so far. */
  get size(): number {
    return this.pipelines.size;
  }

  /** Compiles in the background; callers ask for many and await them together. */
  get(spec: PipelineSpec): Promise<GPUComputePipeline> {
    const key = pipelineKey(spec);
    let pipeline = this.pipelines.get(key);
    if (!pipeline) {
      pipeline = this.compile(spec);
      this.pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  bindGroupLayout({ access, params }: Kernel): GPUBindGroupLayout {
    const types: GPUBufferBindingType[] = access.map((a) => (a === "read" ? "read-only-storage" : "storage"));
    if (params) types.push("uniform");
    const key = types.join();
    let layout = this.layouts.get(key);
    if (!layout) {
      layout = this.gpu.createBindGroupLayout({
        entries: types.map((type, binding) => ({
          binding,
          visibility: GPUShaderStage.COMPUTE,
          buffer: { type },
        })),
      });
      this.layouts.set(key, layout);
    }
    return layout;
  }

  private async compile(spec: PipelineSpec): Promise<GPUComputePipeline> {
    const text = shaderText(spec);
    let module = this.modules.get(text);
    if (!module) {
      module = this.gpu.createShaderModule({ code: text, label: spec.kernel.name });
      this.modules.set(text, module);
    }
    const layout = this.gpu.createPipelineLayout({
      bindGroupLayouts: [this.bindGroupLayout(spec.kernel)],
    });
    const descriptor: GPUComputePipelineDescriptor = {
      label: spec.kernel.name,
      layout,
      compute: {
        module,
        entryPoint: "main",
        constants: spec.constants,
      },
    };
    try {
      return await this.gpu.createComputePipelineAsync(descriptor);
    } catch (cause) {
      const messages = (await module.getCompilationInfo()).messages.filter((m) => m.type === "error");
      const detail = messages.map((m) => `${m.lineNum}:${m.linePos} ${m.message}`).join("; ");
      throw new WgraftError(
        "internal",
        `kernel ${spec.kernel.name} does not compile: ${detail || String(cause)}`,
        {
          op: spec.kernel.name,
          cause,
        },
      );
    }
  }
}
