import { compile } from "../../src/graph/compile.js";
import type { Graph, Node } from "../../src/graph/graph.js";
import { rewritten } from "../../src/graph/rules/rewrite.js";
import { rules } from "../../src/graph/rules/index.js";
import type { Rule } from "../../src/graph/rules/rule.js";
import type { Device } from "../../src/kernels/gpu/device.js";
import type { Value } from "../../src/kernels/op.js";
import { castTo } from "../../src/kernels/shape/cast.js";
import type { TensorData } from "../../src/tensor.js";
import { withCaps } from "./run.js";

/** The live nodes of a graph after some rules, by default all. */
export function nodesAfter(
  graph: Graph,
  outputs: readonly Value[],
  applied: readonly Rule[] = rules,
): readonly Node[] {
  return rewritten(graph, outputs, applied).nodes;
}

/** Their ops. */
export function opsAfter(graph: Graph, outputs: readonly Value[], applied?: readonly Rule[]): string[] {
  return nodesAfter(graph, outputs, applied).map((node) => node.op.name);
}

/** What `y` is with some rules and without any, float16 as float32. */
export async function withAndWithout(
  device: Device,
  trace: () => { graph: Graph; y: Value },
  feeds: Record<string, TensorData>,
  applied: readonly Rule[] = rules,
): Promise<[rewritten: TensorData, plain: TensorData]> {
  const run = async (names: readonly string[]) => {
    const { graph, y } = trace();
    const shown = y.dtype === "float16" ? castTo(graph, y, "float32") : y;
    const program = await compile(withCaps(device, { rules: names }), graph, { y: shown });
    const { y: values } = await program.run(feeds);
    program.destroy();
    return values;
  };
  return [await run(applied.map(({ name }) => name)), await run([])];
}
