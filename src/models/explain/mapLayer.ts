/** Layers whose outputs are maps: (height, width, channels), at more than one position. */
import { WgraftError } from "../../errors.js";
import { firstOf } from "../../io/dataset/omitted.js";
import { Graph } from "../../graph/graph.js";
import type { Value } from "../../kernels/op.js";
import { formatShape, type Shape } from "../../tensor.js";
import type { CallContext, Layer } from "../layers/layer.js";
import { Network } from "../network.js";

/** Layers that a message lists. */
const mostNames = 40;

/** A layer of a model, or of a model in it. */
export interface MapLayer {
  /** Its name; of several layers with that name, with those of the models around it: "vgg16/block5_conv3". */
  readonly path: string;
  readonly layer: Layer;
}

/**
 * The layer of a name, or the last one with maps.
 * @param name of a layer; with the names of the models that it is in before it where several have that name. That of a
 *   model in the model stands for its last layer. Default: the last layer with maps
 * @param sample shape per sample of what the model is given
 * @throws WgraftError `usage` where there is no such layer, several, or one whose output is not maps
 */
export function mapLayerOf(model: Network, name: string | undefined, sample: Shape): MapLayer {
  const outputs = traced(model, sample);
  const paths = layerPaths(model);
  const isMaps = ({ layer }: MapLayer) => areMaps(outputs.get(layer));
  if (name === undefined) {
    const last = [...outputs].filter(([, shape]) => areMaps(shape)).at(-1);
    const found = last && paths.find(({ layer }) => layer === last[0]);
    if (found) return found;
    throw new WgraftError(
      "usage",
      `model ${model.name}: no layer of it outputs maps (height, width, channels)`,
    );
  }
  const named = paths.filter(({ path }) => path === name || path.endsWith(`/${name}`));
  const layers = new Set(named.map(({ layer }) => layer));
  const refuse = (why: string) =>
    new WgraftError("usage", `model ${model.name}: \`layer\` ${name}: ${why}`, {
      option: "layer",
      got: name,
    });
  if (layers.size > 1)
    throw refuse(`several layers are called so: ${named.map(({ path }) => path).join(", ")}`);
  const [found] = named;
  const choices = () =>
    firstOf(
      paths.filter(isMaps).map(({ path }) => path),
      mostNames,
    );
  if (!found) throw refuse(`there is no such layer; those with maps are ${choices()}`);
  const shape = outputs.get(found.layer);
  if (isMaps(found)) return paths.find(({ layer }) => layer === found.layer)!;
  const got = shape ? `outputs ${formatShape(shape)}` : "computes nothing";
  throw refuse(`it ${got}, where maps (height, width, channels) are needed; those are of ${choices()}`);
}

/** Emits a model and catches the output of one of its layers, of its last call. */
export function emitWith(
  model: Network,
  context: CallContext,
  inputs: readonly Value[],
  wanted: Layer,
): { readonly maps: Value; readonly outputs: readonly Value[] } {
  let maps: Value | undefined;
  const observe = (layer: Layer, [output]: readonly Value[]) => {
    if (layer === wanted) maps = output;
  };
  const outputs = model.emit({ ...context, observe }, inputs);
  if (maps) return { maps, outputs };
  throw new WgraftError("internal", `layer ${wanted.name} was not called`);
}

/** The shape per sample of each layer's output, of its last call, in the order of those calls. */
function traced(model: Network, sample: Shape): Map<Layer, Shape> {
  const shapes = new Map<Layer, Shape>();
  const observe = (layer: Layer, [output]: readonly Value[]) => {
    shapes.delete(layer);
    shapes.set(layer, output.shape.slice(1));
  };
  const graph = new Graph();
  const x = graph.input("x", { shape: [1, ...sample], dtype: "float32" });
  model.emit({ graph, training: false, seed: 0, observe }, [x]);
  return shapes;
}

function areMaps(shape: Shape | undefined): boolean {
  return shape?.length === 3 && shape[0] * shape[1] > 1;
}

/** Every layer, those of inner models under "model/layer"; the name of an inner model follows, as its last layer's. */
function layerPaths(model: Network, above = ""): MapLayer[] {
  return model.layers.flatMap((layer) => {
    const path = above + layer.name;
    return layer instanceof Network
      ? [...layerPaths(layer, `${path}/`), { path, layer: lastLayer(layer) }]
      : [{ path, layer }];
  });
}

function lastLayer(model: Network): Layer {
  const { layer } = model.outputs[0];
  return layer instanceof Network ? lastLayer(layer) : layer;
}
