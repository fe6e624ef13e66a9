/**
 * 1. The convolutional base.
 *
 * VGG16 as it was trained on ImageNet, without the classifier on its top: that one knows ImageNet's 1000 classes, and
 * ours are others. What is left turns an image of 150×150 into 4×4×512 numbers that tell what is where in it.
 *
 *     --weights FILE.h5 | imagenet    imagenet (the default): from Keras's cache, else downloaded into it
 *     --size 150                      height and width of the images, at least 32
 */
import { parseArgs } from "node:util";
import { VGG16 } from "wgraft";

const { values } = parseArgs({
  options: {
    weights: { type: "string", default: "imagenet" },
    size: { type: "string", default: "150" },
  },
});
const size = Number(values.size);

const convBase = await VGG16({
  weights: values.weights,
  includeTop: false,
  inputShape: [size, size, 3],
});
convBase.summary();
