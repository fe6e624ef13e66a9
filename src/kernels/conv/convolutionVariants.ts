/** The ways to compute a convolution or one of its gradients: an algorithm, and a kernel for the products in it. */
import type { TensorSpec } from "../../tensor.js";
import type { ConvWindow } from "./convolution.js";
import { gemmKernelsOn } from "../gemm/gemm.js";
import type { DeviceCaps, LowerContext, OpDefinition } from "../op.js";
import { f2, f4, type Winograd1d } from "../winograd/winogradMatrices.js";
import { chooseWinograd, validWinograd, type WinogradShapes } from "../winograd/winogradScratch.js";

const winograd: Readonly<Record<string, Winograd1d>> = { f2, f4 };

type Lower<A> = NonNullable<OpDefinition<A>["lower"]>;

/** One op as there are several: a convolution, one of its gradients, a convolution with what follows it. */
export interface Convolution<A> {
  /** The tensors by their roles in the convolution, whichever of them the op computes. */
  readonly roles: (inputs: readonly TensorSpec[], result: TensorSpec, attrs: A) => WinogradShapes;
  /** Any kernel, any strides. */
  readonly direct: Lower<A>;
  /** Kernels of 3 × 3 with strides of 1. */
  readonly winograd: (algorithm: Winograd1d) => Lower<A>;
}

/** The op's variants, and its lowering by the one that is asked for, else by the one that `chooseWinograd` estimates. */
export function directOrWinograd<A extends ConvWindow>({
  roles,
  direct,
  winograd,
}: Convolution<A>): Required<Pick<OpDefinition<A>, "variants" | "lower">> {
  return {
    variants: (caps, inputs, [result], attrs) =>
      convolutionVariants(caps, roles(inputs, result, attrs), attrs),
    lower(ctx, inputs, outputs, attrs) {
      const algorithm = algorithmOf(ctx, roles(inputs, outputs[0]!, attrs), attrs);
      const lower = algorithm ? winograd(algorithm) : direct;
      lower(ctx, inputs, outputs, attrs);
    },
  };
}

/** "f4 subgroup", "direct workgroup", …: all that are valid, the heuristic's choice first. */
function convolutionVariants(caps: DeviceCaps, shapes: WinogradShapes, window: ConvWindow): string[] {
  // Element by element, without a product that there were kernels to choose for.
  if ((window.groups ?? 1) > 1) return ["direct"];
  const valid = [undefined, ...validWinograd(caps, shapes, window)];
  const chosen = chooseWinograd(caps, shapes, window);
  const algorithms = [chosen, ...valid.filter((algorithm) => algorithm !== chosen)];
  return gemmKernelsOn(caps, shapes.x).flatMap((kernel) =>
    // What Winograd's transforms make does not bear the rounding to float16 that tensor cores need.
    (kernel === "tensor" ? [undefined] : algorithms).map((algorithm) => `${nameOf(algorithm)} ${kernel}`),
  );
}

function nameOf(algorithm: Winograd1d | undefined): string {
  return Object.keys(winograd).find((name) => winograd[name] === algorithm) ?? "direct";
}

/** The algorithm of the variant that is asked for, or the heuristic's. Undefined: the direct product. */
function algorithmOf(
  { variant, caps }: LowerContext,
  shapes: WinogradShapes,
  window: ConvWindow,
): Winograd1d | undefined {
  return variant === undefined ? chooseWinograd(caps, shapes, window) : winograd[variant.split(" ")[0]];
}
