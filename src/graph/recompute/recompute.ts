/** Gradient checkpointing (Chen et al., 2016): the backward pass computes activations again instead of keeping them. */
import { WgraftError } from "../../errors.js";
import type { Value } from "../../kernels/op.js";
import { storageBytesOf } from "../../tensor.js";
import type { Node, Trace } from "../graph.js";
import { dependents, firstFreeId, liveNodes, mutatedInputs, storageOf } from "../passes.js";

/** A forward node whose activations the backward pass reads. */
export interface KeptNode {
  readonly node: Node;
  /** Of its outputs that are read there, themselves or under another shape. */
  readonly bytes: number;
}

/** Rewrites a trace so that some of its activations are computed again in the backward pass. */
export class RecomputePass {
  /** Forward nodes whose outputs live on into the backward pass and that can be run twice, in order. */
  readonly kept: readonly KeptNode[];
  private readonly forward: readonly Node[];
  private readonly backward: readonly Node[];
  private readonly producers = new Map<number, Node>();
  /** Nodes that can be run twice. */
  private readonly repeatable: ReadonlySet<Node>;
  /** Ids of the values that depend on a trained weight. */
  private readonly trained: ReadonlySet<number>;

  constructor(
    private readonly trace: Trace,
    outputs: readonly Value[],
  ) {
    const { from, wrt } = trace.backward ?? { from: trace.nodes.length, wrt: [] };
    const live = liveNodes(trace, outputs);
    this.forward = live.filter((node) => node.id < from);
    this.backward = live.filter((node) => node.id >= from);
    for (const node of this.forward) for (const v of node.outputs) this.producers.set(v.id, node);
    this.trained = dependents(this.forward, wrt);
    const storage = storageOf(this.forward);
    const fetched = new Set(outputs.map(storage));
    this.repeatable = new Set(this.forward.filter((node) => this.isRepeatable(node, fetched)));
    const read = new Set(this.backward.flatMap((n) => n.inputs.map(storage)));
    const bytesRead = (node: Node) =>
      node.outputs.reduce((n, v) => n + (read.has(v.id) ? storageBytesOf(v) : 0), 0);
    this.kept = [...this.repeatable]
      .map((node) => ({ node, bytes: bytesRead(node) }))
      .filter(({ bytes }) => bytes > 0);
  }

  /**
   * A trace that computes the same, where the outputs of `dropped` are not kept for the backward pass but computed again
   * just before that first reads them. What runs again is the same op on the same values with the same attributes, so the
   * same bits come out: a dropout's mask follows from its attributes and the step, an argmax from its input.
   *
   * @param dropped nodes of `kept`; the rest of those are the checkpoints
   */
  without(dropped: ReadonlySet<Node>): Trace {
    const stored = new Set(this.kept.map(({ node }) => node).filter((node) => !dropped.has(node)));
    const nodes = [...this.forward];
    const copies = new Map<number, Value>();
    const changed = new Set<number>();
    let nextValue = firstFreeId(this.trace);

    const isLost = (node: Node | undefined): node is Node => {
      if (!node) return false;
      if (node.op.alias) return isLost(this.producers.get(node.inputs[0].id));
      return dropped.has(node) || (this.repeatable.has(node) && this.isTrained(node) && !stored.has(node));
    };
    const again = (value: Value): Value => {
      const node = this.producers.get(value.id);
      if (!isLost(node)) return value;
      if (!copies.has(value.id)) copy(node);
      return copies.get(value.id)!;
    };
    const copy = (node: Node) => {
      const inputs = node.inputs.map(again);
      if (inputs.some((v) => changed.has(v.id)))
        throw new WgraftError(
          "internal",
          `${node.op.name} cannot run again: its weights have changed by then`,
        );
      const outputs = node.outputs.map((v) => ({ ...v, id: nextValue++ }));
      node.outputs.forEach((v, i) => copies.set(v.id, outputs[i]));
      nodes.push({ ...node, inputs, outputs, original: node });
    };

    for (const node of this.backward) {
      nodes.push({ ...node, inputs: node.inputs.map(again) });
      for (const i of mutatedInputs(node)) changed.add(node.inputs[i].id);
    }
    const { inputs, variables, backward } = this.trace;
    return { nodes: nodes.map((node, id) => ({ ...node, id })), inputs, variables, backward };
  }

  /**
   * A frozen prefix is not run again: the backward pass reads nothing of it but its last output, which would cost all of
   * it. What is made of the program's inputs directly (images as floats) is worth it even there.
   */
  private isRepeatable(node: Node, fetched: ReadonlySet<number>): boolean {
    if (node.op.alias || mutatedInputs(node).length > 0) return false;
    if (node.outputs.some((v) => fetched.has(v.id))) return false;
    return this.isTrained(node) || node.inputs.every((v) => !this.producers.has(v.id));
  }

  private isTrained(node: Node): boolean {
    return node.outputs.some((v) => this.trained.has(v.id));
  }
}
