/** NASNetMobile and NASNetLarge (Zoph et al., 2018), after keras/src/applications/nasnet.py. */
import { Activation } from "../layers/activations/activation.js";
import { Dense } from "../layers/core/dense.js";
import type { SymbolicTensor } from "../layers/layer.js";
import { GlobalAveragePooling2D } from "../layers/pooling/globalAveragePooling2d.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { NasCells } from "./common/nasCells.js";
import { numbered } from "./common/numbered.js";
import { kerasStorage } from "./common/publishedWeights.js";

interface Size {
  /** Of the images. */
  readonly size: number;
  /** Channels of the first convolution. */
  readonly first: number;
  /** Channels inside the cells of the first stage; twice as many in each stage after it. */
  readonly width: number;
  /** Normal cells in each stage. */
  readonly depth: number;
  /** Whether the cell after a reduction reads what the reduction read, and not what came before that. */
  readonly readsReduced: boolean;
  readonly md5: readonly [top: string, noTop: string];
}

const stages = [0, 1, 2];

/** Activations without a given name: see `NasCells`. */
function countActivations(depth: number): number {
  const [inCell, projection] = [11, 1];
  const stems = 2 * inCell;
  const normal = stages.length * (inCell + (depth - 1) * (inCell + projection));
  const reductions = (stages.length - 1) * (inCell + projection);
  return stems + normal + reductions;
}

function nasnet<const Name extends string>(
  name: Name,
  kind: "mobile" | "large",
  { size, first, width, depth, readsReduced, md5 }: Size,
) {
  const featureLayer = numbered("activation", countActivations(depth));
  // Keras leaves out the number that the first reduction would have, but not the second one's.
  const firstOf = (stage: number) => stage * depth + Math.min(stage, 1);
  const cellsOf = (stage: number) => Array.from({ length: depth }, (_, i) => `${firstOf(stage) + i}`);
  const reductionAfter = (stage: number) => `reduce_${(stage + 1) * depth}`;
  const cells = stages.flatMap((stage) => [
    ...cellsOf(stage).map((id) => ({ name: `normal_${id}`, last: `normal_concat_${id}` })),
    ...(stage < stages.length - 1
      ? [{ name: reductionAfter(stage), last: `reduction_concat_${reductionAfter(stage)}` }]
      : []),
  ]);
  return application({
    name,
    paper: { authors: "Zoph et al.", year: 2018 },
    preprocess: "tf",
    defaultSize: size,
    smallestSize: 32,
    featureLayer,
    blocks: [
      ...["stem_1", "stem_2"].map((id) => ({ name: id, last: `reduction_concat_${id}` })),
      ...cells.slice(0, -1),
      { ...cells.at(-1)!, last: featureLayer },
    ],
    options: {},
    modelName: () => `nasnet_${kind}`,
    layers(input, { includeTop, classes }) {
      const made = new NasCells();
      let x = made.stem(input, first);
      let before: SymbolicTensor | undefined;
      for (const [i, id] of ["stem_1", "stem_2"].entries()) {
        const reduced = made.reduction(x, before, Math.floor(width / (i === 0 ? 4 : 2)), id);
        [x, before] = [reduced, x];
      }
      for (const stage of stages) {
        for (const id of cellsOf(stage)) {
          const next = made.normal(x, before, width * 2 ** stage, id);
          [x, before] = [next, x];
        }
        if (stage === stages.length - 1) continue;
        const reduced = made.reduction(x, before, width * 2 ** (stage + 1), reductionAfter(stage));
        if (readsReduced) before = x;
        x = reduced;
      }
      const output = new Activation({ name: featureLayer, activation: "relu" }).apply(x);
      if (!includeTop) return output;
      const top = new Dense({ name: "predictions", units: classes, activation: "softmax" });
      return chain(output, new GlobalAveragePooling2D(), top);
    },
    weights: ({ includeTop = true }) => ({
      name: `nasnet_${kind}${includeTop ? "" : "_no_top"}.h5`,
      url: `${kerasStorage}nasnet/NASNet-${kind}${includeTop ? "" : "-no-top"}.h5`,
      md5: md5[includeTop ? 0 : 1],
    }),
  });
}

/**
 * NASNetMobile: by default with its top and the weights of ImageNet.
 * @example
 * const base = await NASNetMobile({ includeTop: false, inputShape: [224, 224, 3], pooling: "avg" });
 */
export const NASNetMobile = nasnet("nasnetmobile", "mobile", {
  ...{ size: 224, first: 32, width: 44, depth: 4, readsReduced: true },
  md5: ["020fb642bf7360b370c678b08e0adf61", "1ed92395b5b598bdda52abe5c0dbfd63"],
});

/** NASNetLarge: by default with its top and the weights of ImageNet. */
export const NASNetLarge = nasnet("nasnetlarge", "large", {
  ...{ size: 331, first: 96, width: 168, depth: 6, readsReduced: false },
  md5: ["11577c9a518f0070763c2b964a382f17", "d81d89dc07e6e56530c4e77faddd61b5"],
});
