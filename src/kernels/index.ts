export { relu, relu6, sigmoid, activationGrad, type Activation } from "./activation.js";
export { adamUpdate } from "./adamUpdate.js";
export { globalAveragePool2d, globalAveragePool2dGrad } from "./averagePool.js";
export { batchNormInference } from "./batchNorm.js";
export { biasAdd, biasAddGrad } from "./biasAdd.js";
export { clipByNorm, clipByValue } from "./clip.js";
export { depthwiseConv2d } from "./depthwiseConv2d.js";
export { dropout } from "./dropout.js";
export { add, fill, multiply, scale } from "./elementwise.js";
export { imageToFloat, type PreprocessMode } from "./imageToFloat.js";
export {
  binaryCrossentropy,
  binaryCrossentropyFromLogits,
  binaryCrossentropyGrad,
  categoricalCrossentropy,
  categoricalCrossentropyFromLogits,
  categoricalCrossentropyGrad,
  sparseCategoricalCrossentropy,
  sparseCategoricalCrossentropyFromLogits,
} from "./losses.js";
export { maxPool2d, maxPool2dGrad } from "./maxPool2d.js";
export { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from "./metrics.js";
export type { NoAttrs } from "./noAttrs.js";
export * from "./op.js";
export { crop2d, zeroPad2d } from "./pad.js";
export { recordScalars } from "./record.js";
export { broadcastScalar, mean, sum } from "./reduce.js";
export { reshape } from "./reshape.js";
export { rmspropUpdate } from "./rmspropUpdate.js";
export { sgdUpdate } from "./sgdUpdate.js";
export { softmax, softmaxGrad } from "./softmax.js";
