/** The cells that NASNet is made of. */
import { Activation } from "../../layers/activations/activation.js";
import { Conv2D } from "../../layers/convolutional/conv2d.js";
import { SeparableConv2D } from "../../layers/convolutional/separableConv2d.js";
import type { Layer, SymbolicTensor } from "../../layers/layer.js";
import { Add } from "../../layers/merging/add.js";
import { Concatenate } from "../../layers/merging/concatenate.js";
import { BatchNormalization } from "../../layers/normalization/batchNormalization.js";
import { AveragePooling2D } from "../../layers/pooling/averagePooling2d.js";
import { MaxPooling2D } from "../../layers/pooling/maxPooling2d.js";
import { Cropping2D } from "../../layers/reshaping/cropping2d.js";
import { ZeroPadding2D } from "../../layers/reshaping/zeroPadding2d.js";
import { chain } from "./chain.js";
import { halvingPad } from "./halvingPad.js";
import { LayerNames } from "./numbered.js";

type Tensors = readonly [x: SymbolicTensor, before: SymbolicTensor];

/**
 * Builds cells, each on the output of the one before it and on what that one read. Keras leaves some names to the classes,
 * which number their layers in the order made here: each cell has eleven such activations, one more where only the channels
 * of what was before are to be fitted.
 */
export class NasCells {
  private readonly names = new LayerNames();

  stem(input: SymbolicTensor, filters: number): SymbolicTensor {
    const first = new Conv2D({
      ...{ name: "stem_conv1", filters, kernelSize: 3, strides: 2, useBias: false },
      kernelInitializer: "HeNormal",
    });
    return chain(input, first, normalization("stem_bn1"));
  }

  /** Keeps the size. @param id what names end in */
  normal(
    input: SymbolicTensor,
    older: SymbolicTensor | undefined,
    filters: number,
    id: string,
  ): SymbolicTensor {
    const [x, before] = this.squeezed(input, older, filters, id, "normal");
    const sum = (number: number, ...terms: SymbolicTensor[]) =>
      new Add({ name: `normal_add_${number}_${id}` }).apply(...terms);
    const average = (side: string) =>
      new AveragePooling2D({ name: `normal_${side}_${id}`, poolSize: 3, strides: 1, padding: "same" });
    const first = sum(
      1,
      this.separable(x, filters, 5, `normal_left1_${id}`),
      this.separable(before, filters, 3, `normal_right1_${id}`),
    );
    const second = sum(
      2,
      this.separable(before, filters, 5, `normal_left2_${id}`),
      this.separable(before, filters, 3, `normal_right2_${id}`),
    );
    const third = sum(3, average("left3").apply(x), before);
    const fourth = sum(4, average("left4").apply(before), average("right4").apply(before));
    const fifth = sum(5, this.separable(x, filters, 3, `normal_left5_${id}`), x);
    const parts = [before, first, second, third, fourth, fifth];
    return new Concatenate({ name: `normal_concat_${id}` }).apply(...parts);
  }

  /** Halves height and width. @param id what names end in */
  reduction(
    input: SymbolicTensor,
    older: SymbolicTensor | undefined,
    filters: number,
    id: string,
  ): SymbolicTensor {
    const [x, before] = this.squeezed(input, older, filters, id, "reduction");
    const padded = halvingPad(`reduction_pad_1_${id}`, x, 3).apply(x);
    const sum = (name: string, ...terms: SymbolicTensor[]) => new Add({ name }).apply(...terms);
    const pool = { poolSize: 3, strides: 2 };
    const halved = (from: SymbolicTensor, kernelSize: number, side: string) =>
      this.separable(from, filters, kernelSize, `reduction_${side}_${id}`, 2);
    const first = sum(`reduction_add_1_${id}`, halved(x, 5, "left1"), halved(before, 7, "right1"));
    const second = sum(
      `reduction_add_2_${id}`,
      new MaxPooling2D({ name: `reduction_left2_${id}`, ...pool }).apply(padded),
      halved(before, 7, "right2"),
    );
    const third = sum(
      `reduction_add3_${id}`,
      new AveragePooling2D({ name: `reduction_left3_${id}`, ...pool }).apply(padded),
      halved(before, 5, "right3"),
    );
    const average = new AveragePooling2D({
      ...{ name: `reduction_left4_${id}`, poolSize: 3, strides: 1 },
      padding: "same",
    });
    const fourth = sum(this.names.next("add"), second, average.apply(first));
    const fifth = sum(
      `reduction_add4_${id}`,
      this.separable(first, filters, 3, `reduction_left4_${id}`),
      new MaxPooling2D({ name: `reduction_right5_${id}`, ...pool }).apply(padded),
    );
    return new Concatenate({ name: `reduction_concat_${id}` }).apply(second, third, fourth, fifth);
  }

  /** Both inputs of a cell, of its width. */
  private squeezed(
    input: SymbolicTensor,
    older: SymbolicTensor | undefined,
    filters: number,
    id: string,
    kind: "normal" | "reduction",
  ): Tensors {
    const before = older ? this.fitted(older, input, filters, id) : input;
    const convolution = pointwise(`${kind}_conv_1_${id}`, filters);
    return [chain(input, this.relu(), convolution, normalization(`${kind}_bn_1_${id}`)), before];
  }

  /** An older output in the size and the width that a cell needs. */
  private fitted(
    older: SymbolicTensor,
    { shape }: SymbolicTensor,
    filters: number,
    id: string,
  ): SymbolicTensor {
    if (older.shape[1] !== shape[1]) return this.halved(older, filters, id);
    if (older.shape[2] === filters) return older;
    const convolution = pointwise(`adjust_conv_projection_${id}`, filters);
    return chain(older, this.relu(), convolution, normalization(`adjust_bn_${id}`));
  }

  /** Every other row and column, and those between them, each in half of the channels. */
  private halved(older: SymbolicTensor, filters: number, id: string): SymbolicTensor {
    const half = Math.floor(filters / 2);
    const active = new Activation({ name: `adjust_relu_1_${id}`, activation: "relu" }).apply(older);
    const thinned = (number: number) => [
      new AveragePooling2D({ name: `adjust_avg_pool_${number}_${id}`, poolSize: 1, strides: 2 }),
      pointwise(`adjust_conv_${number}_${id}`, half),
    ];
    const [after, first] = [
      [0, 1],
      [1, 0],
    ] as const;
    const pad = new ZeroPadding2D({ name: this.names.next("zero_padding2d"), padding: [after, after] });
    const crop = new Cropping2D({ name: this.names.next("cropping2d"), cropping: [first, first] });
    const both = new Concatenate({ name: this.names.next("concatenate") }).apply(
      chain(active, ...thinned(1)),
      chain(active, pad, crop, ...thinned(2)),
    );
    return normalization(`adjust_bn_${id}`).apply(both);
  }

  /** Two separable convolutions, each activated before and normalized behind. */
  private separable(
    x: SymbolicTensor,
    filters: number,
    kernelSize: number,
    name: string,
    strides = 1,
  ): SymbolicTensor {
    const convolution = (number: number, step: number) =>
      new SeparableConv2D({
        ...{ name: `separable_conv_${number}_${name}`, filters, kernelSize, strides: step },
        padding: step === 1 ? "same" : "valid",
        useBias: false,
      });
    const active = this.relu().apply(x);
    const padded =
      strides === 1 ? active : halvingPad(`separable_conv_1_pad_${name}`, active, kernelSize).apply(active);
    return chain(
      padded,
      ...[convolution(1, strides), normalization(`separable_conv_1_bn_${name}`)],
      this.relu(),
      ...[convolution(2, 1), normalization(`separable_conv_2_bn_${name}`)],
    );
  }

  private relu(): Layer {
    return new Activation({ name: this.names.next("activation"), activation: "relu" });
  }
}

function pointwise(name: string, filters: number): Layer {
  const kernelInitializer = "HeNormal";
  return new Conv2D({ name, filters, kernelSize: 1, padding: "same", useBias: false, kernelInitializer });
}

function normalization(name: string): Layer {
  return new BatchNormalization({ name, momentum: 0.9997 });
}
