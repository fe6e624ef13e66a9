/** Numbers that Keras 3.15.1 printed for the models of test/golden/keras, to compare the saved files with. */
import { readFileSync } from "node:fs";
import type { TargetLayer } from "../../../src/io/keras/matchWeights.js";
import { sizeOf } from "../../../src/tensor.js";

export const GOLDEN = "test/golden/keras/";

interface Entry {
  shape: number[];
  offset: number;
}

/** The tensors of tiny_vgg whose names begin with `prefix`, by the rest of their names: `fc1/kernel`. */
export function goldenTensors(
  prefix: "w/" | "after3/",
): Map<string, { shape: number[]; data: Float32Array }> {
  const { tensors } = JSON.parse(readFileSync(`${GOLDEN}tiny_vgg.json`, "utf8")) as {
    tensors: Record<string, Entry>;
  };
  const bytes = readFileSync(`${GOLDEN}tiny_vgg.bin`);
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  return new Map(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, { shape, offset }]) => [
        name.slice(prefix.length),
        { shape, data: values.slice(offset, offset + sizeOf(shape)) },
      ]),
  );
}

/** The layers of tiny_vgg, as a model asks for their weights. */
export function tinyVggTargets(): TargetLayer[] {
  const shapes = goldenTensors("w/");
  const classes: [string, string][] = [
    ["input_1", "InputLayer"],
    ["block1_conv1", "Conv2D"],
    ["block1_conv2", "Conv2D"],
    ["block1_pool", "MaxPooling2D"],
    ["block2_conv1", "Conv2D"],
    ["block2_conv2", "Conv2D"],
    ["block2_pool", "MaxPooling2D"],
    ["flatten", "Flatten"],
    ["fc1", "Dense"],
    ["dropout", "Dropout"],
    ["predictions", "Dense"],
  ];
  return classes.map(([layer, className]) => ({
    layer,
    className,
    weights: ["kernel", "bias"].flatMap((name) => {
      const found = shapes.get(`${layer}/${name}`);
      return found ? [{ name, shape: found.shape }] : [];
    }),
  }));
}
