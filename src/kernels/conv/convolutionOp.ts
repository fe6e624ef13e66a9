/** The convolution and its two gradients as one op: each computes one of x, kernel and y from the other two. */
import type { Shape, TensorSpec } from "../../tensor.js";
import { bindingRanges, bytesPer, sliceRange } from "../common/ranges.js";
import type { Activation } from "../elementwise/activation.js";
import { launchGemm } from "../gemm/gemm.js";
import type { Gemm, GemmKernels } from "../gemm/gemmProblem.js";
import { defineOp, type LowerContext, type Op, type OpDefinition, type Operand } from "../op.js";
import type { WinogradProblem } from "../winograd/winograd.js";
import { expectBindable, type ConvWindow } from "./convolution.js";
import type { ConvolutionProblem } from "./convolutionCost.js";
import { convolutionVariants, type Algorithms } from "./convolutionVariants.js";
import type { GroupedShapes } from "./groupedConv2d.js";

type Role = "x" | "kernel" | "y";

/** x [n, h, w, cin], kernel [kh, kw, cin / groups, cout], y [n, h', w', cout]; or their gradients, for those computed from y's. */
export type ConvolutionTensors<T = Operand> = Readonly<Record<Role, T>>;

export interface ConvolutionAttrs extends ConvWindow {
  /** Default "linear". */
  readonly activation?: Activation;
}

/** What each is computed from: the op's inputs, and the operands of its matrix product. */
const inputsOf = { y: ["x", "kernel"], x: ["y", "kernel"], kernel: ["x", "y"] } as const;

export interface Convolution {
  readonly name: string;
  readonly computes: Role;
  readonly kernels: GemmKernels;
  /** The matrix product for some images. */
  readonly product: (
    shapes: ConvolutionTensors<Shape>,
    window: ConvWindow,
    images: number,
  ) => Pick<Gemm, "rows" | "columns" | "depth" | "runLength" | "layout" | "walk" | "params">;
  /** Groups of channels, element by element. */
  readonly grouped: (
    ctx: LowerContext,
    op: string,
    tensors: ConvolutionTensors & { readonly bias?: Operand },
    shapes: GroupedShapes,
    activation: Activation,
  ) => void;
  readonly winograd: (ctx: LowerContext, problem: WinogradProblem) => void;
}

/** Inputs and result by their roles. */
function rolesOf<T extends TensorSpec>(
  { computes }: Pick<Convolution, "computes">,
  inputs: readonly T[],
  result: T,
): ConvolutionTensors<T> {
  const [left, right] = inputsOf[computes];
  return { [left]: inputs[0], [right]: inputs[1], [computes]: result } as ConvolutionTensors<T>;
}

/** What is to be computed, as estimates see it. */
export function problemOf(
  convolution: Convolution,
  inputs: readonly TensorSpec[],
  result: TensorSpec,
): ConvolutionProblem {
  return { a: inputs[0], computes: convolution.computes, shapes: rolesOf(convolution, inputs, result) };
}

/** The algorithms of a convolution. A third input is the bias. */
export function convolutionAlgorithms<A extends ConvolutionAttrs>(convolution: Convolution): Algorithms<A> {
  const { name, computes, kernels, product, grouped, winograd } = convolution;
  const [left, right] = inputsOf[computes];
  const isGradient = computes !== "y";
  const named = (role: Role) => (isGradient && (role === computes || role === "y") ? `d${role}` : role);
  const fused = (inputs: readonly Operand[], { activation = "linear" }: A) =>
    isGradient ? ({ activation: "linear" } as const) : { bias: inputs.at(2), activation };
  return {
    direct: (gemmKernel) => (ctx, inputs, outputs, attrs) => {
      const tensors = rolesOf(convolution, inputs, outputs[0]!);
      const { bias, activation } = fused(inputs, attrs);
      const { groups = 1 } = attrs;
      const shapes = { x: tensors.x.shape, kernel: tensors.kernel.shape, y: tensors.y.shape };
      if (groups > 1) {
        grouped(ctx, name, { ...tensors, bias }, { ...shapes, window: attrs, groups }, activation);
        return;
      }
      const { x, kernel, y } = tensors;
      const [batch] = x.shape;
      expectBindable(name, ctx.caps, {
        [named("kernel")]: kernel,
        [`one ${named("x")}`]: [x, batch],
        [`one ${named("y")}`]: [y, batch],
      });
      const bytes = [bytesPer(x, batch), bytesPer(y, batch)];
      for (const range of bindingRanges(name, ctx.caps, batch, bytes)) {
        const part = { x: sliceRange(x, range, batch), kernel, y: sliceRange(y, range, batch) };
        launchGemm(ctx, gemmKernel, {
          kernels,
          y: part[computes],
          a: part[left],
          b: part[right],
          bias,
          activation,
          // The gradient of the kernel is the sum over all images.
          accumulate: computes === "kernel" && range.start > 0,
          ...product(shapes, attrs, range.count),
        });
      }
    },
    winograd: (algorithm, products) => (ctx, inputs, outputs, attrs) => {
      const tensors = rolesOf(convolution, inputs, outputs[0]!);
      winograd(ctx, { algorithm, products, ...tensors, pads: attrs.pads, ...fused(inputs, attrs) });
    },
  };
}

/** The op, by whichever of its algorithms is chosen. */
export function defineConvolution<A extends ConvolutionAttrs>(
  convolution: Convolution,
  { infer, vjp }: Pick<OpDefinition<A>, "infer" | "vjp">,
): Op<A> {
  const algorithms = convolutionAlgorithms<A>(convolution);
  return defineOp<A>({
    name: convolution.name,
    infer,
    variants: (caps, inputs, [result], attrs) =>
      convolutionVariants(caps, problemOf(convolution, inputs, result), attrs, algorithms),
    vjp,
  });
}
