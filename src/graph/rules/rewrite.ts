/** Applies rewrite rules to a trace. */
import { WgraftError } from "../../errors.js";
import type { GraphBuilder, Op, Value } from "../../kernels/op.js";
import { formatSpec } from "../../tensor.js";
import type { Node, Trace } from "../graph.js";
import { firstFreeId, isConstantNode, liveNodes, mutatedInputs, storageOf } from "../passes.js";
import type { Rule, Surroundings } from "./rule.js";

/**
 * The live part of a trace, rewritten by `rules` wherever they match: a node after the other, and what stands for one
 * again, so that a convolution takes its bias, then a normalization, then an activation.
 *
 * After differentiation: which intermediate values gradients read is known then, and no rewritten op needs a gradient.
 *
 * @param outputs values that must exist
 */
export function rewritten(trace: Trace, outputs: readonly Value[], rules: readonly Rule[]): Trace {
  return new Rewriting(trace, outputs).run(rules);
}

class Rewriting implements Surroundings {
  private readonly live: readonly Node[];
  /** Values that must exist. */
  private readonly wanted: ReadonlySet<number>;
  /** How often each value is read. */
  private readonly reads = new Map<number, number>();
  /** The ops that read each value in the trace as it was given: what stands for them reads no more. */
  private readonly readers = new Map<number, Op[]>();
  private readonly producers = new Map<number, Node>();
  private readonly constants: Set<number>;
  private readonly storage: (value: Value) => number;
  /** Nodes so far, in order, and those of them that nothing reads any more. */
  private readonly placed: Node[] = [];
  private readonly places = new Map<Node, number>();
  private readonly dropped = new Set<Node>();
  /** Where values were last written, as places. */
  private readonly writes = new Map<number, number>();
  /** Index of the first node of the backward pass. */
  private readonly from: number;
  private current: Node | undefined;
  private freeId: number;

  constructor(
    private readonly trace: Trace,
    outputs: readonly Value[],
  ) {
    this.live = liveNodes(trace, outputs);
    this.wanted = new Set(outputs.map(({ id }) => id));
    for (const value of outputs) this.count(value, 1);
    for (const { op, inputs } of this.live)
      for (const value of inputs) {
        this.count(value, 1);
        const ops = this.readers.get(value.id);
        if (ops) ops.push(op);
        else this.readers.set(value.id, [op]);
      }
    this.storage = storageOf(this.live);
    const written = new Set(
      this.live.flatMap((node) => mutatedInputs(node).map((i) => this.storage(node.inputs[i]))),
    );
    const variables = [...trace.variables.values()].map(({ id }) => id);
    this.constants = new Set(variables.filter((id) => !written.has(id)));
    this.from = trace.backward?.from ?? Infinity;
    this.freeId = firstFreeId(trace);
  }

  run(rules: readonly Rule[]): Trace {
    for (const node of this.live) {
      this.current = node;
      while (this.current && this.rewriteCurrent(rules));
      if (this.current) this.place(this.current);
    }
    const left = this.placed.filter((node) => !this.dropped.has(node));
    const { inputs, variables, backward } = this.trace;
    return {
      nodes: left.map((node, id) => (node.id === id ? node : { ...node, id })),
      inputs,
      variables,
      backward: backward && { ...backward, from: left.filter((node) => !this.isBackward(node)).length },
    };
  }

  soleProducer(value: Value, outputs?: "with others"): Node | undefined {
    const node = this.producers.get(value.id);
    if (node?.outputs[0].id !== value.id || this.reads.get(value.id) !== 1) return undefined;
    if (mutatedInputs(node).length > 0) return undefined;
    const others = outputs === "with others" ? [] : node.outputs.slice(1);
    if (others.some((output) => this.isRead(output))) return undefined;
    // What the forward pass makes stays there, so that it can be computed again or kept.
    if (this.isBackward(node) !== this.isBackward(this.current!)) return undefined;
    return this.isUpToDate(node) ? node : undefined;
  }

  producerFor(readers: readonly Op[], value: Value): Node | undefined {
    const node = this.producers.get(value.id);
    const isReadElsewhere =
      this.wanted.has(value.id) || !this.readers.get(value.id)!.every((op) => readers.includes(op));
    return node && !isReadElsewhere && this.isUpToDate(node) ? node : undefined;
  }

  isConstant({ id }: Value): boolean {
    return this.constants.has(id);
  }

  /** Whether a node would give the same if it ran again. */
  private isUpToDate(node: Node): boolean {
    const since = this.places.get(node)!;
    return node.inputs.every((input) => (this.writes.get(this.storage(input)) ?? -1) <= since);
  }

  /** Replaces the current node if a rule matches; the last replacement becomes the current node. */
  private rewriteCurrent(rules: readonly Rule[]): boolean {
    const node = this.current!;
    const [y, ...auxiliary] = node.outputs;
    if (!y || auxiliary.some((value) => this.isRead(value))) return false;
    for (const rule of rules) {
      const match = rule.match(node, this);
      if (match === undefined) continue;
      const emitted = new Emitted(this.freeId);
      const result = rule.rewrite(match, emitted);
      this.freeId = emitted.freeId;
      const last = emitted.nodes.at(-1);
      if (last?.outputs[0] !== result || formatSpec(result) !== formatSpec(y))
        throw new WgraftError("internal", `rule ${rule.name} does not give ${formatSpec(y)} last`);
      for (const { inputs } of emitted.nodes) for (const value of inputs) this.count(value, 1);
      const dropped = this.unread(node);
      const merged = this.stillRead(rule.replaced?.(match));
      if (merged) dropped.push(...this.unread(merged), merged);
      const scope = joined([...dropped, node].map((replaced) => replaced.scope));
      const nodes = emitted.nodes.map((made): Node => {
        const outputs = made === last ? [y, ...(merged ?? made).outputs.slice(1)] : made.outputs;
        return { ...made, outputs, id: node.id, scope, ...(node.original && { original: node.original }) };
      });
      if (merged) {
        this.place(nodes[0], this.places.get(merged));
        this.current = undefined;
        return true;
      }
      for (const made of nodes.slice(0, -1)) this.place(made);
      this.current = nodes.at(-1);
      return true;
    }
    return false;
  }

  /** @param place of a node that it stands for. Default: after all others */
  private place(node: Node, place = this.placed.length): void {
    this.placed[place] = node;
    this.places.set(node, place);
    for (const value of node.outputs) this.producers.set(value.id, node);
    if (isConstantNode(node, this.constants)) for (const { id } of node.outputs) this.constants.add(id);
    for (const i of mutatedInputs(node)) this.writes.set(this.storage(node.inputs[i]), place);
  }

  /** A node reads its inputs no more. @returns the nodes that are dropped for it, in order */
  private unread(node: Node): Node[] {
    const dropped: Node[] = [];
    for (const value of node.inputs) {
      this.count(value, -1);
      const producer = this.producers.get(value.id);
      if (!producer || this.dropped.has(producer) || mutatedInputs(producer).length > 0) continue;
      if (producer.outputs.some((output) => this.isRead(output))) continue;
      this.dropped.add(producer);
      dropped.push(...this.unread(producer), producer);
    }
    return dropped;
  }

  /** A node some of whose outputs something reads. */
  private stillRead(node: Node | undefined): Node | undefined {
    return node?.outputs.some((output) => this.isRead(output)) ? node : undefined;
  }

  private count({ id }: Value, change: 1 | -1): void {
    this.reads.set(id, (this.reads.get(id) ?? 0) + change);
  }

  private isRead({ id }: Value): boolean {
    return (this.reads.get(id) ?? 0) > 0;
  }

  private isBackward({ id }: Node): boolean {
    return id >= this.from;
  }
}

/** The nodes that a rule adds. */
class Emitted implements GraphBuilder {
  readonly nodes: Pick<Node, "op" | "inputs" | "outputs" | "attrs">[] = [];

  constructor(public freeId: number) {}

  apply<A>(op: Op<A>, inputs: readonly Value[], attrs: A): Value[] {
    const outputs = op.infer(inputs, attrs).map(({ shape, dtype }) => ({ id: this.freeId++, shape, dtype }));
    this.nodes.push({ op: op, inputs, outputs, attrs });
    return outputs;
  }
}

/** "conv + bn": the layers that a node belongs to. */
function joined(scopes: readonly string[]): string {
  return [...new Set(scopes.flatMap((scope) => scope.split(" + ")))].filter(Boolean).join(" + ");
}
