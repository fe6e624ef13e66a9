/**
 * What an op is: shapes, kernels, gradient. Ops are pure descriptions: nothing here touches a GPU device,
 * so a graph can be built, differentiated, planned and printed on a machine that has none.
 */
import type { DType, FloatType, TensorSpec } from "../tensor.js";

/** One tensor flowing through a graph: the output of a node, an input or a variable. */
export interface Value extends TensorSpec {
  readonly id: number;
  /** Of an input: a run may be fed fewer values, the first ones. Default false. */
  readonly isCapacity?: boolean;
}

/** Where ops are put: the graph, as seen by a gradient rule. */
export interface GraphBuilder {
  /** Adds a node and returns its outputs. */
  apply<A>(op: Op<A>, inputs: readonly Value[], attrs: A): Value[];
}

/** A value's storage at launch time, whole or a byte range of it. Opaque to kernels but for its spec. */
export interface Operand extends TensorSpec {
  readonly slot: number;
  /** Multiple of 256 (the alignment every adapter accepts). Default 0. */
  readonly byteOffset?: number;
  /** Default: to the end. */
  readonly byteLength?: number;
}

export type Access = "read" | "read_write";

/**
 * One compute entry point (`main`) and how it binds: `@group(0) @binding(i)` is `access[i]`, all storage buffers, and
 * after them the uniform `params`, if there are any.
 */
export interface Kernel {
  readonly name: string;
  /** WGSL without `enable` lines and without the prelude. */
  readonly source: string;
  readonly access: readonly Access[];
  /**
   * Sizes and strides that differ from launch to launch: fields (u32) of the uniform `params`, which the source finds
   * declared. One pipeline then serves every shape, where an `override` constant makes a pipeline of each.
   */
  readonly params?: readonly string[];
  /** WGSL extensions to enable; each needs the device feature of the same name (`f16`: `shader-f16`, of itself where float16 is bound). */
  readonly enables?: readonly (
    "subgroups" | "subgroup_size_control" | "f16" | "chromium_experimental_subgroup_matrix"
  )[];
}

/** One dispatch, as plain data. */
export interface Launch {
  readonly kernel: Kernel;
  /** Values of the kernel's `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  /** Values of the kernel's `params`. */
  readonly params?: Readonly<Record<string, number>>;
  /** `const`/`alias` lines for what overrides cannot do (array sizes of register tiles, element types). */
  readonly prelude?: string;
  readonly args: readonly Operand[];
  readonly workgroups: readonly [number, number, number];
  /** Useful floating-point operations (a multiply-add counts two), for reports. */
  readonly flops?: number;
}

/**
 * [m, k] · [k, n], added up in float32, as a subgroup of `lanes` computes it at once. Each size is a power of two; m and n at
 * most 16, k at most 32 for float16 factors and 16 for float32.
 */
export interface SubgroupMatrix {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly factors: FloatType;
  readonly lanes: number;
}

/** What a kernel may choose its variant by. */
export interface DeviceCaps {
  readonly maxStorageBufferBindingSize: number;
  readonly maxComputeWorkgroupStorageSize: number;
  readonly maxComputeInvocationsPerWorkgroup: number;
  readonly maxComputeWorkgroupsPerDimension: number;
  readonly maxStorageBuffersPerShaderStage: number;
  /** Lanes of the subgroups that kernels ask for (`@subgroup_size`); 0 where they cannot. */
  readonly subgroupSize: number;
  readonly f16: boolean;
  /** The products of matrices that a subgroup computes at once, at most one for each type of factors. Default: none. */
  readonly subgroupMatrices?: readonly SubgroupMatrix[];
  /** Workgroups that keep all of the adapter busy. */
  readonly busyWorkgroups: number;
  /** A CPU pretending to be a GPU (lavapipe, SwiftShader): its cost model is another one. */
  readonly software: boolean;
  /** Variants to launch by the key of a node: see tuning.ts and choices.ts. Default: none, so that heuristics choose. */
  readonly choices?: { get(key: string): string | undefined };
  /** Names of the rewrite rules that programs are made with. Default: all. Tests turn them off. */
  readonly rules?: readonly string[];
}

export interface LowerContext {
  readonly caps: DeviceCaps;
  launch(launch: Launch): void;
  /** A buffer that lives for this node only. */
  scratch(spec: TensorSpec): Operand;
  /**
   * What the launches of `fill` make of `source` alone, as a kernel in another form. Where source is a variable that the
   * program leaves alone, or made of such ones alone, it is kept: the launches run when their values have changed, and
   * programs share it. Else it is scratch.
   *
   * @param form names what is made of the source
   */
  derive(source: Operand, form: string, spec: TensorSpec, fill: (derived: Operand) => void): Operand;
}

interface Lowering<A> {
  /**
   * Emits the launches of a node. `outputs[i]` is undefined where nothing reads that (auxiliary) output; output 0 is always there.
   */
  lower(
    ctx: LowerContext,
    inputs: readonly Operand[],
    outputs: readonly (Operand | undefined)[],
    attrs: A,
  ): void;
}

/** A method's type, by which an op of certain attributes is an op. */
export type Lower<A> = Lowering<A>["lower"];

/** Without `lower`, the first of the variants is launched; without either, the op's output is input 0 under another shape (`alias`). */
export interface OpDefinition<A> extends Partial<Lowering<A>> {
  readonly name: string;
  /** Specs of the outputs, or a `shape` error that says expected and got. */
  infer(inputs: readonly TensorSpec[], attrs: A): TensorSpec[];
  /**
   * The ways to compute this that an adapter has, by their names, each of them right; the first is the one that a heuristic
   * takes. For ops of one output. Absent: there is one way.
   */
  variants?(
    caps: DeviceCaps,
    inputs: readonly TensorSpec[],
    outputs: readonly TensorSpec[],
    attrs: A,
  ): ReadonlyMap<string, Lower<A>>;
  /** Output 0 shares the storage of input 0. */
  readonly alias?: boolean;
  /** Indices of the inputs that the op writes in place (variables and optimizer slots). */
  mutates?(attrs: A): readonly number[];
  /**
   * Gradients with respect to the inputs, given `dy` = ∂loss/∂output 0 (auxiliary outputs carry none): a function for each
   * input that has one, which emits ordinary nodes. Called once each, in the order of the inputs, and only where the gradient is
   * needed. Absent: not differentiable.
   */
  vjp?(
    g: GraphBuilder,
    dy: Value,
    io: { readonly inputs: readonly Value[]; readonly outputs: readonly Value[] },
    attrs: A,
  ): readonly ((() => Value) | undefined)[];
}

/** An op that graphs are made of. */
export type Op<A = unknown> = OpDefinition<A>;

/** Declares an op. The one line that every file of src/kernels ends up in. */
export function defineOp<A>(definition: OpDefinition<A>): Op<A> {
  if (!definition.variants || definition.lower) return definition;
  return {
    ...definition,
    lower(ctx, inputs, outputs, attrs) {
      const [lower] = definition.variants!(ctx.caps, inputs, [outputs[0]!], attrs).values();
      lower(ctx, inputs, outputs, attrs);
    },
  };
}

export function float32(...shape: number[]): TensorSpec {
  return { shape, dtype: "float32" };
}

export function specOf(shape: readonly number[], dtype: DType): TensorSpec {
  return { shape, dtype };
}

/** The first `byteLength` bytes from `byteOffset` of an operand. */
export function sliceBytes(operand: Operand, byteOffset: number, byteLength: number): Operand {
  return { ...operand, byteOffset: (operand.byteOffset ?? 0) + byteOffset, byteLength };
}

/**
 * Workgroup counts for `items` invocations of a 1-D kernel with `size` invocations a workgroup, folded into two
 * dimensions where one is not enough. The kernel's index is `wgsl/common/linear_index.wgsl`.
 */
export function linearWorkgroups(items: number, size: number, caps: DeviceCaps): [number, number, number] {
  const groups = Math.max(1, Math.ceil(items / size));
  const limit = caps.maxComputeWorkgroupsPerDimension;
  if (groups <= limit) return [groups, 1, 1];
  const x = Math.ceil(Math.sqrt(groups));
  return [x, Math.ceil(groups / x), 1];
}
