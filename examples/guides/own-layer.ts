/**
 * A layer of your own: described in a table, saved with a model, and loaded again.
 *
 *     --out own-layer.h5    where the model is saved
 */
import { parseArgs } from "node:util";
import {
  Dense,
  Layer,
  layerOptions,
  loadModel,
  ops,
  options,
  Sequential,
  tensor,
  type CallContext,
  type LayerOptions,
  type Shape,
} from "wgraft";

const { values } = parseArgs({ options: { out: { type: "string", default: "own-layer.h5" } } });

interface SwishOptions extends LayerOptions {
  /** Factor inside the sigmoid. Default 1. */
  beta?: number;
}

// The class name, and a field for each option: its check and its default. What a caller passes is checked against it, and
// the file of a model is written and read by it.
const table = layerOptions<SwishOptions>("Swish").fields({
  beta: options.optional(options.number(), 1),
});

/** x · sigmoid(beta · x). */
class Swish extends Layer<options.Arguments<typeof table>> {
  static override readonly table = table;

  constructor(given?: SwishOptions) {
    super(given);
  }

  override computeOutputShape(input: Shape): Shape {
    return input;
  }

  // The gradient follows from those of the ops.
  override call({ graph }: CallContext, x: ops.Value): ops.Value {
    const scaled = graph.add(ops.scale, [x], { factor: this.args.beta });
    return graph.add(ops.multiply, [x, graph.add(ops.sigmoid, [scaled], {})], {});
  }
}

const model = new Sequential([
  new Dense({ units: 8, inputShape: [4] }),
  new Swish({ beta: 1.5 }),
  new Dense({ units: 1, activation: "sigmoid" }),
]);
model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["acc"] });

const x = tensor(
  Float32Array.from({ length: 32 * 4 }, (_, i) => Math.sin(i)),
  [32, 4],
);
const y = tensor(
  Float32Array.from({ length: 32 }, (_, i) => Number(Math.sin(4 * i) > 0)),
  [32, 1],
);
const { history } = await model.fit(x, y, { epochs: 3, batchSize: 8 });
console.log(`trained: loss ${history.loss.map((loss) => loss.toFixed(4)).join(", ")}`);

await model.save(values.out);
const loaded = await loadModel(values.out, { customObjects: { Swish } });
const [before, after] = [await model.predict(x), await loaded.predict(x)];
const same = before.dataSync().every((value, i) => value === after.dataSync()[i]);
console.log(`loaded from ${values.out}: ${same ? "the same" : "other"} predictions`);

try {
  new Swish({ Beta: 2 } as SwishOptions);
} catch (error) {
  console.log((error as Error).message);
}
process.exit();
