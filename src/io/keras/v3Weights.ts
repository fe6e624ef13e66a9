/**
 * The layout of `.weights.h5` and of the file inside `.keras`: `layers/<class>[_n]/vars/0…`, numbered by class, where a
 * nested model has its own `layers`. The attribute `name` of `vars` is the layer's name; where it is missing, the
 * configuration does. Follows keras/src/saving/saving_lib.py. Keras 2.12 and 2.13 have `_layer_checkpoint_dependencies` for
 * `layers`, where a layer with weights counts twice: the numbers have gaps, and only their order says which layer is meant.
 */
import type { Hdf5Group } from "../hdf5/group.js";
import type { Hdf5File } from "../hdf5/reader.js";
import { snakeCase } from "../../options/notation.js";
import type { LayerConfig, ModelConfig } from "./modelConfig.js";
import type { SavedLayer } from "./savedLayer.js";

/** As in a configuration. */
const MAX_NESTING = 16;

export function readV3Layers(file: Hdf5File, config?: ModelConfig): SavedLayer[] {
  const layers = containerIn(file.root);
  if (!layers) throw file.error("its weights have no group layers");
  return readContainer(file, layers, config, []);
}

const withGaps = "_layer_checkpoint_dependencies";

/** What a model's layers are in. */
export function containerIn(model: Hdf5Group): Hdf5Group | undefined {
  return model.group("layers") ?? model.group(withGaps);
}

function readContainer(
  file: Hdf5File,
  group: Hdf5Group,
  config: ModelConfig | undefined,
  around: readonly string[],
): SavedLayer[] {
  if (around.length > MAX_NESTING) throw file.error(`models are nested more than ${MAX_NESTING} deep`);
  const configs = config && numberByClass(config.layers, (layer) => layer.className);
  const keys = keysByNumber(group);
  return inOrder([...keys.keys()], configs).flatMap((place) => {
    const layer = group.group(keys.get(place)!);
    if (!layer) return [];
    const inner = containerIn(layer);
    const layerConfig = configs?.get(place);
    const saved = readLayer(file, layer, place, layerConfig);
    if (inner) return readContainer(file, inner, layerConfig?.model, [...around, saved.name]);
    return [{ ...saved, around }];
  });
}

function readLayer(
  file: Hdf5File,
  group: Hdf5Group,
  key: string,
  config: LayerConfig | undefined,
): SavedLayer {
  const vars = group.group("vars");
  const name = vars?.string("name") ?? config?.name;
  const weights = [...(vars?.keys() ?? [])]
    .sort((a, b) => Number(a) - Number(b))
    .map((index) => {
      const dataset = vars!.dataset(index);
      if (!dataset) throw file.error(`${vars!.path}/${index} is not a dataset`);
      return dataset;
    });
  return name === undefined ? { name: key, numbered: true, weights } : { name, weights };
}

/** The configuration's order where there is one; else by class and number, `conv2d_2` before `conv2d_10`. */
function inOrder(keys: readonly string[], configs: ReadonlyMap<string, unknown> | undefined): string[] {
  const byNumber = new Intl.Collator("en", { numeric: true });
  const rank = new Map([...(configs?.keys() ?? [])].map((key, i) => [key, i]));
  const rankOf = (key: string) => rank.get(key) ?? Infinity;
  return [...keys].sort((a, b) => (rankOf(a) === rankOf(b) ? byNumber.compare(a, b) : rankOf(a) - rankOf(b)));
}

/** The group's keys by those that they would be without gaps. */
function keysByNumber(group: Hdf5Group): ReadonlyMap<string, string> {
  const keys = [...group.keys()];
  if (!group.path.endsWith(withGaps)) return new Map(keys.map((key) => [key, key]));
  return numberByClass(inOrder(keys, undefined), (key) => key.replace(/_\d+$/, ""));
}

/** Keys as Keras makes them: `conv2d`, `conv2d_1`, … in the order of the layers. */
export function numberByClass<T>(layers: readonly T[], classNameOf: (layer: T) => string): Map<string, T> {
  const counts = new Map<string, number>();
  return new Map(
    layers.map((layer) => {
      const snake = snakeCase(classNameOf(layer));
      const n = counts.get(snake) ?? 0;
      counts.set(snake, n + 1);
      return [n === 0 ? snake : `${snake}_${n}`, layer];
    }),
  );
}
