/** Operations as TensorFlow 2.0 to 2.3 saved them: a TensorFlowOpLayer with a node of its graph. */
import { z } from "zod";

const node = z.looseObject({
  op: z.string(),
  attr: z.looseObject({ DstT: z.looseObject({ type: z.string() }).optional() }).optional(),
});
const layer = z.looseObject({
  node_def: z.unknown(),
  constants: z.record(z.string(), z.unknown()).default({}),
});

/** Operations of TensorFlow with the functions that later versions name. */
const functions: Readonly<Record<string, string>> = {
  Add: "__operators__.add",
  AddV2: "__operators__.add",
  BiasAdd: "nn.bias_add",
  Cast: "cast",
  Maximum: "math.maximum",
  Minimum: "math.minimum",
  Mul: "math.multiply",
  RealDiv: "math.truediv",
  Sub: "math.subtract",
};

export interface TfOperation {
  readonly tfFunction: string;
  /** By their places among the operands. */
  readonly constants: ReadonlyMap<number, unknown>;
  /** Of a cast. */
  readonly dtype?: string;
}

/** A string names an operation that has no function; undefined for what cannot be read. */
export function readTfOpLayer(config: unknown): TfOperation | string | undefined {
  const { data } = layer.safeParse(config);
  const { data: parsed } = node.safeParse(
    typeof data?.node_def === "string" ? plainJson(data.node_def) : data?.node_def,
  );
  if (!data || !parsed) return undefined;
  const { op, attr } = parsed;
  if (!Object.hasOwn(functions, op)) return op;
  const constants = new Map(Object.entries(data.constants).map(([place, value]) => [Number(place), value]));
  const dtype = attr?.DstT?.type === "DT_FLOAT" ? "float32" : attr?.DstT?.type;
  return { tfFunction: functions[op], constants, dtype };
}

/** More than any node has. */
const maxCharacters = 2 ** 16;

function plainJson(text: string): unknown {
  try {
    return text.length > maxCharacters ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
