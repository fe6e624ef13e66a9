/** A traced computation with fixed shapes: nodes in execution order, no device in sight. */
import { WgraftError } from "../errors.js";
import type { GraphBuilder, Op, Value } from "../kernels/op.js";
import { formatSpec, type TensorSpec } from "../tensor.js";
import type { Variable } from "./variable.js";

export interface Node {
  readonly id: number;
  readonly op: Op;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attrs: unknown;
  /** The layer that the node belongs to; empty outside layers. */
  readonly scope: string;
}

export class Graph implements GraphBuilder {
  readonly nodes: Node[] = [];
  readonly inputs = new Map<string, Value>();
  readonly variables = new Map<Variable, Value>();
  private readonly producers = new Map<number, Node>();
  private nextValue = 0;
  private scopeName = "";

  /** A value that is fed anew at every run. */
  input(name: string, spec: TensorSpec): Value {
    if (this.inputs.has(name)) throw new WgraftError("internal", `graph input ${name} is declared twice`);
    const value = this.value(spec);
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
