/** InceptionV3 (Szegedy et al., 2015), after keras/src/applications/inception_v3.py. */
import { Activation } from "../layers/activations/activation.js";
import { Conv2D } from "../layers/convolutional/conv2d.js";
import type { SymbolicTensor } from "../layers/layer.js";
import { Concatenate } from "../layers/merging/concatenate.js";
import { BatchNormalization } from "../layers/normalization/batchNormalization.js";
import { AveragePooling2D } from "../layers/pooling/averagePooling2d.js";
import { MaxPooling2D } from "../layers/pooling/maxPooling2d.js";
import { application } from "./common/application.js";
import { chain } from "./common/chain.js";
import { classifier } from "./common/classifier.js";
import { LayerNames, numbered } from "./common/numbered.js";
import { tfKernels } from "./common/publishedWeights.js";

/**
 * InceptionV3: by default with its top and the weights of ImageNet.
 * @example
 * const base = await InceptionV3({ includeTop: false, inputShape: [299, 299, 3], pooling: "avg" });
 */
export const InceptionV3 = application({
  name: "inceptionv3",
  paper: { authors: "Szegedy et al.", year: 2015 },
  preprocess: "tf",
  defaultSize: 299,
  smallestSize: 75,
  featureLayer: "mixed10",
  blocks: [
    { name: "stem", last: numbered("max_pooling2d", 1) },
    ...Array.from({ length: 11 }, (_, i) => ({ name: `mixed${i}`, last: `mixed${i}` })),
  ],
  modelName: () => "inception_v3",
  options: {},
  layers(input, { includeTop, classes }) {
    const output = new Inception().features(input);
    return includeTop ? chain(output, ...classifier(classes)) : output;
  },
  weights: tfKernels("inception_v3", "inception_v3", [
    "9a0d58056eeedaa3f26cb7ebd46da564",
    "bcbd6486424b2319ff4ef7d526e38f63",
  ]),
});

/** Channels, rows and columns of a kernel; how it moves. */
type Convolution = readonly [filters: number, rows: number, columns: number, motion?: "halving" | "valid"];

/** Builds the network; Keras leaves most names to the classes, which number their layers in the order made here. */
class Inception {
  private readonly names = new LayerNames();

  features(input: SymbolicTensor): SymbolicTensor {
    let x = this.convolve(input, [32, 3, 3, "halving"], [32, 3, 3, "valid"], [64, 3, 3]);
    x = this.convolve(this.halve(x), [80, 1, 1, "valid"], [192, 3, 3, "valid"]);
    x = this.halve(x);
    for (const [number, pooled] of [32, 64, 64].entries()) x = this.small(x, `mixed${number}`, pooled);
    x = this.toMedium(x, "mixed3");
    for (const [i, width] of [128, 160, 160, 192].entries()) x = this.medium(x, `mixed${4 + i}`, width);
    x = this.toLarge(x, "mixed8");
    for (const i of [0, 1]) x = this.large(x, `mixed${9 + i}`, `mixed9_${i}`);
    return x;
  }

  /** 35×35 at the default size. */
  private small(x: SymbolicTensor, name: string, pooled: number): SymbolicTensor {
    return this.join(
      name,
      this.convolve(x, [64, 1, 1]),
      this.convolve(x, [48, 1, 1], [64, 5, 5]),
      this.convolve(x, [64, 1, 1], [96, 3, 3], [96, 3, 3]),
      this.averaged(x, pooled),
    );
  }

  private toMedium(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.join(
      name,
      this.convolve(x, [384, 3, 3, "halving"]),
      this.convolve(x, [64, 1, 1], [96, 3, 3], [96, 3, 3, "halving"]),
      this.halve(x),
    );
  }

  /** 17×17 at the default size: kernels of 7×7 as pairs of 1×7 and 7×1. */
  private medium(x: SymbolicTensor, name: string, width: number): SymbolicTensor {
    return this.join(
      name,
      this.convolve(x, [192, 1, 1]),
      this.convolve(x, [width, 1, 1], [width, 1, 7], [192, 7, 1]),
      this.convolve(x, [width, 1, 1], [width, 7, 1], [width, 1, 7], [width, 7, 1], [192, 1, 7]),
      this.averaged(x, 192),
    );
  }

  private toLarge(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.join(
      name,
      this.convolve(x, [192, 1, 1], [320, 3, 3, "halving"]),
      this.convolve(x, [192, 1, 1], [192, 1, 7], [192, 7, 1], [192, 3, 3, "halving"]),
      this.halve(x),
    );
  }

  /** 8×8 at the default size. */
  private large(x: SymbolicTensor, name: string, innerName: string): SymbolicTensor {
    const single = this.convolve(x, [320, 1, 1]);
    const first = this.forked(this.convolve(x, [384, 1, 1]), innerName);
    const second = this.forked(this.convolve(x, [448, 1, 1], [384, 3, 3]), this.names.next("concatenate"));
    return this.join(name, single, first, second, this.averaged(x, 192));
  }

  /** A 3×3 kernel as a 1×3 next to a 3×1. */
  private forked(x: SymbolicTensor, name: string): SymbolicTensor {
    return this.join(name, this.convolve(x, [384, 1, 3]), this.convolve(x, [384, 3, 1]));
  }

  private join(name: string, ...branches: SymbolicTensor[]): SymbolicTensor {
    return new Concatenate({ name }).apply(...branches);
  }

  private averaged(x: SymbolicTensor, filters: number): SymbolicTensor {
    const name = this.names.next("average_pooling2d");
    const pool = new AveragePooling2D({ name, poolSize: 3, strides: 1, padding: "same" });
    return this.convolve(pool.apply(x), [filters, 1, 1]);
  }

  private halve(x: SymbolicTensor): SymbolicTensor {
    return new MaxPooling2D({ name: this.names.next("max_pooling2d"), poolSize: 3, strides: 2 }).apply(x);
  }

  private convolve(x: SymbolicTensor, ...convolutions: readonly Convolution[]): SymbolicTensor {
    const layers = convolutions.flatMap(([filters, rows, columns, motion]) => [
      new Conv2D({
        name: this.names.next("conv2d"),
        filters,
        kernelSize: [rows, columns],
        strides: motion === "halving" ? 2 : 1,
        padding: motion ? "valid" : "same",
        useBias: false,
      }),
      new BatchNormalization({ name: this.names.next("batch_normalization"), scale: false }),
      new Activation({ name: this.names.next("activation"), activation: "relu" }),
    ]);
    return chain(x, ...layers);
  }
}
