/** What a kernel's text declares of its workgroup, computed from its constants: size, and bytes of workgroup memory. */
import { pipelineKey, shaderText, type PipelineSpec } from "../../src/kernels/gpu/pipeline.js";

export interface Workgroup {
  readonly size: readonly [x: number, y: number, z: number];
  /** As WebGPU counts: each variable in whole 16 bytes. */
  readonly bytes: number;
  /** Lanes that it asks for. */
  readonly subgroupSize?: number;
  /** Of the products of subgroup matrices in it. */
  readonly matrix?: WorkgroupMatrix;
}

/** [m, k] · [k, n] of factors ("f16", "f32"), added up in float32. */
export interface WorkgroupMatrix {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly factors: string;
}

const known = new Map<string, Workgroup>();

/** Throws for what it cannot compute. */
export function workgroupOf(spec: PipelineSpec): Workgroup {
  const key = pipelineKey(spec);
  const workgroup = known.get(key) ?? parsed(spec);
  known.set(key, workgroup);
  return workgroup;
}

function parsed(spec: PipelineSpec): Workgroup {
  const text = shaderText(spec).replaceAll(/\/\/.*/g, "");
  const constants = new Constants(text, spec.constants ?? {});
  const sizes = [...text.matchAll(/@workgroup_size\(([^)]*)\)/g)].map(([, size]) => size.split(","));
  if (sizes.length !== 1) throw new Error(`${spec.kernel.name}: ${sizes.length} workgroup sizes`);
  const [x, y = 1, z = 1] = sizes[0].map((size) => constants.value(size));
  const variables = [...text.matchAll(/^var<workgroup> \w+: (.+);$/gm)];
  if (variables.length !== text.split("var<workgroup>").length - 1) {
    throw new Error(`${spec.kernel.name}: a workgroup variable is not understood`);
  }
  const matrix = matrixOf(text, constants);
  const types = variables.map(([, type]) => type.replace(/\bFactor\b/, matrix?.factors ?? "Factor"));
  const bytes = types.reduce((sum, type) => sum + 16 * Math.ceil(bytesOf(type, constants) / 16), 0);
  const lanes = /@subgroup_size\(([^)]*)\)/.exec(text)?.[1];
  return {
    size: [x, y, z],
    bytes,
    subgroupSize: lanes === undefined ? undefined : constants.value(lanes),
    matrix,
  };
}

function matrixOf(text: string, constants: Constants): WorkgroupMatrix | undefined {
  const factors = /^alias Factor = (\w+);$/m.exec(text)?.[1];
  if (factors === undefined) return undefined;
  const size = (type: string, sizes: RegExp) => {
    const found = sizes.exec(text);
    if (!found) throw new Error(`${type} of subgroup matrices is not understood`);
    return found.slice(1).map((expression) => constants.value(expression));
  };
  const [k, m] = size("left", /subgroup_matrix_left<Factor, (\w+), (\w+)>/);
  const [n] = size("right", /subgroup_matrix_right<Factor, (\w+), \w+>/);
  return { m, n, k, factors };
}

const typeBytes: Readonly<Record<string, number>> = { f16: 2, f32: 4, u32: 4, i32: 4, vec4h: 8, vec4f: 16 };

function bytesOf(type: string, constants: Constants): number {
  const array = /^array<(.+), ([^,]+)>$/.exec(type);
  if (array) return bytesOf(array[1], constants) * constants.value(array[2]);
  if (!(type in typeBytes)) throw new Error(`the size of ${type} is unknown`);
  return typeBytes[type];
}

/** Evaluates expressions of whole numbers over a module's constants and overrides. */
class Constants {
  private readonly expressions: ReadonlyMap<string, string>;

  constructor(
    text: string,
    private readonly overrides: Readonly<Record<string, number>>,
  ) {
    const declared = text.matchAll(/^(?:const|override) (\w+)(?:: \w+)?(?: = ([^;]+))?;/gm);
    this.expressions = new Map([...declared].map(([, name, expression]) => [name, expression]));
  }

  value(expression: string): number {
    const tokens = expression.match(/\w+|==|[-+*/%(),]|\S/g) ?? [];
    const value = this.sum(tokens);
    if (tokens.length > 0) throw new Error(`${expression}: ${tokens.join(" ")} is not understood`);
    return value;
  }

  private sum(tokens: string[]): number {
    let value = this.product(tokens);
    while (tokens[0] === "+" || tokens[0] === "-") {
      const sign = tokens.shift() === "+" ? 1 : -1;
      value += sign * this.product(tokens);
    }
    return value;
  }

  private product(tokens: string[]): number {
    let value = this.factor(tokens);
    while (tokens[0] === "*" || tokens[0] === "/") {
      const multiplies = tokens.shift() === "*";
      const factor = this.factor(tokens);
      value = multiplies ? value * factor : Math.floor(value / factor);
    }
    return value;
  }

  private factor(tokens: string[]): number {
    const token = tokens.shift() ?? "";
    const number = /^(\d+)[ui]?$/.exec(token);
    if (number) return Number(number[1]);
    if (token === "(") return this.closed(tokens, this.sum(tokens));
    if (token === "select") return this.select(tokens);
    if (token === "true" || token === "false") return Number(token === "true");
    const expression = this.overrides[token]?.toString() ?? this.expressions.get(token);
    if (expression === undefined) throw new Error(`${token} is no constant`);
    return this.value(expression);
  }

  /** select(otherwise, chosen, condition) */
  private select(tokens: string[]): number {
    this.expected(tokens, "(");
    const otherwise = this.sum(tokens);
    this.expected(tokens, ",");
    const chosen = this.sum(tokens);
    this.expected(tokens, ",");
    const condition = this.sum(tokens);
    return this.closed(tokens, condition ? chosen : otherwise);
  }

  private closed(tokens: string[], value: number): number {
    this.expected(tokens, ")");
    return value;
  }

  private expected(tokens: string[], token: string): void {
    const found = tokens.shift();
    if (found !== token) throw new Error(`expected ${token}, got ${found}`);
  }
}
