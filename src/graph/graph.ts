/** A traced computation with fixed shapes: nodes in execution order, no device in sight. */
import { WgraftError } from "../errors.js";
import type { GraphBuilder, Op, Value } from "../kernels/op.js";
import { formatSpec, hostType, type TensorSpec } from "../tensor.js";
import type { Variable } from "./variable.js";

export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attrs: unknown;
  /** The layer that the node belongs to; empty outside layers. */
  readonly scope: string;
  /** The forward node that this one is a second run of, in the backward pass: see `RecomputePass`. */
  readonly original?: Node;
}

/** Where the backward pass of a trace begins, and what it differentiates by. */
export interface Backward {
  /** Index of its first node. */
  readonly from: number;
  readonly wrt: readonly Value[];
}

/** A traced computation, as the compiler reads it. */
export interface Trace {
  readonly nodes: readonly Node[];
  readonly inputs: ReadonlyMap<string, Value>;
  readonly variables: ReadonlyMap<Variable, Value>;
  /** Undefined where nothing is differentiated. */
  readonly backward: Backward | undefined;
}

/**
 * What ops are added to, node by node: `gradients` differentiates it, `compileGraph` makes a program of it.
 * @example
 * const graph = new Graph();
 * const a = graph.input("a", { shape: [2], dtype: "float32" });
 * const doubled = graph.add(ops.scale, [a], { factor: 2 });
 * const device = await createDevice();
 * const program = await compileGraph(device, graph, { doubled });
 * console.log((await program.run({ a: Float32Array.of(1, 2) })).doubled); // Float32Array(2) [ 2, 4 ]
 * device.destroy();
 */
export class Graph implements GraphBuilder, Trace {
  readonly nodes: Node[] = [];
  readonly inputs = new Map<string, Value>();
  readonly variables = new Map<Variable, Value>();
  private backwardPass: Backward | undefined;
  private readonly producers = new Map<number, Node>();
  private nextValue = 0;
  private scopeName = "";

  /**
   * A value that is fed at every run.
   * @param isCapacity whether a run may be fed fewer values, the first ones; default false
   * @throws WgraftError `not-supported` for float16, which the host has not
   */
  input(name: string, spec: TensorSpec, { isCapacity = false } = {}): Value {
    if (this.inputs.has(name)) throw new WgraftError("internal", `graph input ${name} is declared twice`);
    const plain = this.value({ shape: spec.shape, dtype: hostType(`input ${name}`, spec) });
    const value = isCapacity ? { ...plain, isCapacity } : plain;
    this.inputs.set(name, value);
    return value;
  }

  /** The value of a variable; the same one at every call. */
  variable(variable: Variable): Value {
    let value = this.variables.get(variable);
    if (!value) {
      value = this.value(variable);
      this.variables.set(variable, value);
    }
    return value;
  }

  apply<A>(op: Op<A>, inputs: readonly Value[], attrs: A): Value[] {
    const specs = this.inferred(op, inputs, attrs);
    const node: Node = {
      id: this.nodes.length,
      op: op,
      inputs: [...inputs],
      outputs: specs.map((spec) => this.value(spec)),
      attrs,
      scope: this.scopeName,
    };
    this.nodes.push(node);
    for (const output of node.outputs) this.producers.set(output.id, node);
    return [...node.outputs];
  }

  /** The first output of an op: all there is, for most. */
  add<A>(op: Op<A>, inputs: readonly Value[], attrs: A): Value {
    const [first] = this.apply(op, inputs, attrs);
    if (!first) throw new WgraftError("internal", `${op.name} has no output`);
    return first;
  }

  get backward(): Backward | undefined {
    return this.backwardPass;
  }

  /** Says that the nodes from here on are a backward pass by `wrt`. Several passes count as one. */
  beginBackward(wrt: readonly Value[]): void {
    const { from, wrt: before } = this.backwardPass ?? { from: this.nodes.length, wrt: [] };
    this.backwardPass = { from, wrt: [...before, ...wrt] };
  }

  /** The node that a value comes from; undefined for inputs and variables. */
  producer(value: Value): Node | undefined {
    return this.producers.get(value.id);
  }

  /** Nodes added inside `body` carry the name `scope` (a layer's), in plans and errors. */
  scoped<T>(scope: string, body: () => T): T {
    const outer = this.scopeName;
    this.scopeName = scope;
    try {
      return body();
    } finally {
      this.scopeName = outer;
    }
  }

  private inferred<A>(op: Op<A>, inputs: readonly Value[], attrs: A): TensorSpec[] {
    try {
      return op.infer(inputs, attrs);
    } catch (error) {
      if (!(error instanceof WgraftError) || !this.scopeName) throw error;
      throw new WgraftError(error.code, `layer ${this.scopeName}: ${error.message}`, {
        ...error,
        cause: error,
      });
    }
  }

  private value(spec: TensorSpec): Value {
    return { id: this.nextValue++, shape: spec.shape, dtype: spec.dtype };
  }

  toString(): string {
    return this.nodes
      .map((n) => {
        const outputs = n.outputs.map((v) => `%${v.id} ${formatSpec(v)}`).join(", ");
        return `${outputs} = ${n.op.name}(${n.inputs.map((v) => `%${v.id}`).join(", ")})${n.scope ? `  # ${n.scope}` : ""}`;
      })
      .join("\n");
  }
}
