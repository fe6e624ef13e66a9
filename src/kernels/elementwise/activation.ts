/** Elementwise activations: one table, from which their ops and their gradients follow. */
import activationSource from "../../../wgsl/elementwise/activation.wgsl";
import activationGradSource from "../../../wgsl/elementwise/activation_grad.wgsl";
import activateSource from "../../../wgsl/common/activation.wgsl";
import log1p from "../../../wgsl/common/log1p.wgsl";
import sigmoidSource from "../../../wgsl/common/sigmoid.wgsl";
import special from "../../../wgsl/elementwise/special.wgsl";
import parameters from "../../../wgsl/elementwise/activation_parameters.wgsl";
import { WgraftError } from "../../errors.js";
import { elementKernel } from "../common/elementKernel.js";
import { expectFloat, expectInputs, expectShape } from "../common/expect.js";
import { launchElementwise } from "../common/launchElementwise.js";
import type { NoAttrs } from "../common/noAttrs.js";
import { defineOp, type GraphBuilder, type Op, type Value } from "../op.js";

interface ActivationDescription {
  /** Its case in wgsl/elementwise/activation.wgsl and activation_grad.wgsl. */
  readonly code: number;
  /** What its derivative is a function of. A kernel that applies the activation to what it stores leaves only the output. */
  readonly gradientOf: "output" | "input";
  /** Whether a larger input never makes a smaller output, so that the maximum may be taken before or after it. */
  readonly monotonic: boolean;
  /** Whether kernels can apply it to what they store: its case is in wgsl/common/activation.wgsl. Default false. */
  readonly fusible?: true;
  /** `override` constants of the kernels, with Keras's defaults. Default: none. */
  readonly parameters?: Readonly<Record<string, number>>;
}

/** Keras's activations that look at one element at a time; its names for them, but for those explained here. */
export const activations = {
  linear: { code: 0, gradientOf: "output", monotonic: true, fusible: true },
  relu: { code: 1, gradientOf: "output", monotonic: true, fusible: true },
  relu6: { code: 2, gradientOf: "output", monotonic: true, fusible: true },
  sigmoid: { code: 3, gradientOf: "output", monotonic: true, fusible: true },
  tanh: { code: 4, gradientOf: "output", monotonic: true },
  exponential: { code: 5, gradientOf: "output", monotonic: true },
  elu: { code: 6, gradientOf: "input", monotonic: true, parameters: { alpha: 1 } },
  selu: { code: 7, gradientOf: "output", monotonic: true },
  celu: { code: 8, gradientOf: "input", monotonic: true, parameters: { alpha: 1 } },
  leaky_relu: { code: 9, gradientOf: "input", monotonic: true, parameters: { negativeSlope: 0.2 } },
  /** x/6 + ½, as Keras 3 has it. */
  hard_sigmoid: { code: 10, gradientOf: "output", monotonic: true, fusible: true },
  softsign: { code: 11, gradientOf: "output", monotonic: true },
  hard_tanh: { code: 12, gradientOf: "output", monotonic: true },
  log_sigmoid: { code: 13, gradientOf: "output", monotonic: true },
  sparse_sigmoid: { code: 14, gradientOf: "output", monotonic: true },
  hard_shrink: { code: 15, gradientOf: "input", monotonic: true, parameters: { threshold: 0.5 } },
  soft_shrink: { code: 16, gradientOf: "input", monotonic: true, parameters: { threshold: 0.5 } },
  softplus: { code: 17, gradientOf: "input", monotonic: true },
  silu: { code: 18, gradientOf: "input", monotonic: false, fusible: true },
  hard_silu: { code: 19, gradientOf: "input", monotonic: false, fusible: true },
  gelu: { code: 20, gradientOf: "input", monotonic: false },
  /** gelu with approximate=True. */
  gelu_tanh: { code: 21, gradientOf: "input", monotonic: false },
  mish: { code: 22, gradientOf: "input", monotonic: false },
  tanh_shrink: { code: 23, gradientOf: "input", monotonic: true },
  /** alpha is Keras's b. */
  squareplus: { code: 24, gradientOf: "input", monotonic: true, parameters: { alpha: 4 } },
  sparse_plus: { code: 25, gradientOf: "input", monotonic: true },
  /** relu with its arguments; a maxValue below 0 is none. */
  general_relu: {
    code: 26,
    gradientOf: "input",
    monotonic: false,
    parameters: { negativeSlope: 0, maxValue: -1, threshold: 0 },
  },
  /** x above the threshold, else alpha, Keras's default_value. */
  threshold: { code: 27, gradientOf: "input", monotonic: false, parameters: { threshold: 0, alpha: 0 } },
  /** 0.2x + ½, as Keras had it before 3. */
  hard_sigmoid_keras2: { code: 28, gradientOf: "output", monotonic: true },
} as const satisfies Record<string, ActivationDescription>;

type Table = typeof activations;
/** Elementwise activations by name. */
export type ElementwiseActivation = keyof Table;

/** Activations that kernels can apply to what they store. */
export type Activation = {
  [Name in ElementwiseActivation]: Table[Name] extends { fusible: true } ? Name : never;
}[ElementwiseActivation];

type ParametersOf<Name extends ElementwiseActivation> = Table[Name] extends { parameters: infer Parameters }
  ? { readonly [Parameter in keyof Parameters]?: number }
  : NoAttrs;

function describe(name: ElementwiseActivation): ActivationDescription {
  return activations[name];
}

/** The value of `override activation` for the kernels that apply an activation to what they store. */
export function activationCode(name: Activation): number {
  return activations[name].code;
}

/** Whether a larger input never makes a smaller output. */
export function isMonotonic(name: ElementwiseActivation): boolean {
  return activations[name].monotonic;
}

/** `fn activate(x: T) -> T` by `override activation`, for kernels that apply an activation to what they store. */
export const activate = sigmoidSource + activateSource;

const functions = activate + log1p + special + parameters;

const activationKernel = elementKernel("activation", functions + activationSource, 1);

const activationGradKernel = elementKernel("activation_grad", functions + activationGradSource, 2);

function constantsOf(name: ElementwiseActivation, attrs: object): Record<string, number> {
  const { code, parameters } = describe(name);
  const given = Object.entries({ ...parameters, ...attrs } as Record<string, number>);
  const inSnakeCase = (camelCase: string) =>
    camelCase.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return { activation: code, ...Object.fromEntries(given.map(([key, value]) => [inSnakeCase(key), value])) };
}

function defineActivation<Name extends ElementwiseActivation>(name: Name): Op<ParametersOf<Name>> {
  return defineOp<ParametersOf<Name>>({
    name,
    infer(inputs, attrs) {
      expectInputs(name, inputs, 1);
      expectFloat(name, "x", inputs[0]);
      const unknown = Object.keys(attrs).find(
        (parameter) => !(parameter in (describe(name).parameters ?? {})),
      );
      if (unknown) throw new WgraftError("usage", `${name}: unknown parameter ${unknown}`, { op: name });
      return [inputs[0]];
    },
    lower(ctx, [x], [y], attrs) {
      launchElementwise(ctx, {
        op: name,
        kernel: activationKernel,
        walked: [y!, x],
        constants: () => constantsOf(name, attrs),
      });
    },
    vjp(g, dy, { inputs: [x], outputs: [y] }, parameters) {
      const at = describe(name).gradientOf === "input" ? x : y;
      return [() => g.apply(activationGrad, [dy, at], { activation: name, ...parameters })[0]];
    },
  });
}

type ActivationOps = { readonly [Name in Exclude<ElementwiseActivation, "linear">]: Op<ParametersOf<Name>> };

/** The op of each activation, by name: x of any shape to y of the same, elementwise. All but "linear", which is none. */
export const activationOps = Object.fromEntries(
  (Object.keys(activations) as ElementwiseActivation[])
    .filter((name) => name !== "linear")
    .map((name) => [name, defineActivation(name)]),
) as unknown as ActivationOps;

/** max(x, 0); relu6: min(max(x, 0), 6); sigmoid: 1 / (1 + exp(-x)), without overflow for any finite x. Elementwise. */
export const { relu, relu6, sigmoid } = activationOps;

/** The activation that an op is and that kernels can apply to what they store; undefined for any other op. */
export function nonlinearityOf(op: Op): Activation | undefined {
  const own = activationOps as Readonly<Record<string, Op | undefined>>;
  const isOne = own[op.name] === op && describe(op.name as ElementwiseActivation).fusible;
  return isOne ? (op.name as Activation) : undefined;
}

/**
 * What flows back through an activation that a kernel applied to its output `y`.
 * @throws WgraftError `not-supported` if the derivative is not a function of the output
 */
export function throughActivation(
  g: GraphBuilder,
  op: string,
  dy: Value,
  y: Value,
  activation: Activation,
): Value {
  if (activation === "linear") return dy;
  if (activations[activation].gradientOf === "output")
    return g.apply(activationGrad, [dy, y], { activation })[0];
  throw new WgraftError(
    "not-supported",
    `${op}: no gradient through ${activation} by its output; apply it as a separate node`,
    { op },
  );
}

/** An activation with its parameters. */
export type ActivationGradAttrs = { readonly activation: ElementwiseActivation } & Readonly<
  Partial<Record<"alpha" | "negativeSlope" | "maxValue" | "threshold", number>>
>;

/**
 * ∂loss/∂x of an activation, from `dy` and `at`, of one shape: the activation's output or its input, as the table's
 * `gradientOf` says. The derivative at the corners (relu at 0, relu6 at 0 and 6) is 0, as in Keras.
 */
export const activationGrad = defineOp<ActivationGradAttrs>({
  name: "activation_grad",
  infer(inputs, { activation }) {
    expectInputs("activation_grad", inputs, 2);
    const what = describe(activation).gradientOf === "output" ? "y" : "x";
    const dtype = expectFloat("activation_grad", what, inputs[1]);
    expectShape("activation_grad", `dy, like ${what},`, inputs[0], inputs[1].shape, dtype);
    return [inputs[0]];
  },
  lower(ctx, [dy, at], [dx], { activation, ...parameters }) {
    launchElementwise(ctx, {
      op: "activation_grad",
      kernel: activationGradKernel,
      walked: [dx!, dy, at],
      constants: () => ({
        ...constantsOf(activation, parameters),
        from_input: Number(describe(activation).gradientOf === "input"),
      }),
    });
  },
});
