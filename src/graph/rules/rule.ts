/** What a rewrite rule is: a pattern of nodes, and the nodes that compute the same for less. */
import type { GraphBuilder, Op, Value } from "../../kernels/op.js";
import type { Node } from "../graph.js";

/** What a rule may ask about the graph around a node. */
export interface Surroundings {
  /**
   * The node that `value` is the result of, where it may be merged into the node in question: nothing else reads what it
   * makes, and what it reads has not been written since. Its outputs after the first must not be read either, but
   * `"with others"`: for a rule that says what is `replaced`.
   */
  soleProducer(value: Value, outputs?: "with others"): Node | undefined;
  /**
   * The node that `value` is the result of, where what that reads has not been written since: the node in question may read
   * it too. Not where anything but `readers` reads the value, which would then be made all the same.
   */
  producerFor(readers: readonly Op[], value: Value): Node | undefined;
  /** Whether a value is made of variables alone that this program leaves as they are. */
  isConstant(value: Value): boolean;
}

export interface Rule<Match = unknown> {
  /** Unique. */
  readonly name: string;
  /** The parts of the pattern that ends in `node`; undefined where it does not. Only the first output of `node` is read. */
  match(node: Node, around: Surroundings): Match | undefined;
  /**
   * Adds nodes for those that matched, and returns the first output of the last of them, which takes the place of the
   * matched node's. What is then no longer read is dropped.
   */
  rewrite(match: Match, g: GraphBuilder): Value;
  /**
   * The node that the one made stands for besides the matched one: it goes to its place, and has its further outputs. For
   * rules that make one node. Default: none, the new nodes are where the matched one was.
   */
  replaced?(match: Match): Node;
}

/** Declares a rule. */
export function defineRule<Match>(rule: Rule<Match>): Rule {
  return rule;
}
