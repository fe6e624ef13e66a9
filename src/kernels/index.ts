export { relu, relu6, sigmoid, activationGrad, type Activation } from "./activation.js";
export { adamUpdate, type AdamUpdateAttrs } from "./adamUpdate.js";
export { allFinite } from "./allFinite.js";
export { globalAveragePool2d, globalAveragePool2dGrad } from "./averagePool.js";
export { batchNormInference, type BatchNormAttrs } from "./batchNorm.js";
export { biasAdd, biasAddGrad } from "./biasAdd.js";
export { cast, castTo } from "./cast.js";
export { clipByNorm, clipByValue } from "./clip.js";
export { conv2d, type Conv2dAttrs } from "./conv2d.js";
export { conv2dBackpropFilter } from "./conv2dBackpropFilter.js";
export { conv2dBackpropInput } from "./conv2dBackpropInput.js";
export { convOutputHW, resolvePads } from "./convShape.js";
export { depthwiseConv2d } from "./depthwiseConv2d.js";
export { dropout, type DropoutAttrs } from "./dropout.js";
export { add, fill, multiply, scale } from "./elementwise.js";
export { imageToFloat, type ImageToFloatAttrs, type PreprocessMode } from "./imageToFloat.js";
export { lossScaleUpdate, type LossScaleUpdateAttrs } from "./lossScaleUpdate.js";
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
export { matMul, type MatMulAttrs } from "./matMul.js";
export { maxPool2d, maxPool2dGrad, type MaxPool2dAttrs } from "./maxPool2d.js";
export { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from "./metrics.js";
export type { NoAttrs } from "./noAttrs.js";
export * from "./op.js";
export { crop2d, zeroPad2d } from "./pad.js";
export { recordScalars } from "./record.js";
export { broadcastScalar, mean, sum } from "./reduce.js";
export { reshape } from "./reshape.js";
export { rmspropUpdate, type RmspropUpdateAttrs } from "./rmspropUpdate.js";
export { sgdUpdate, type SgdUpdateAttrs } from "./sgdUpdate.js";
export { softmax, softmaxGrad } from "./softmax.js";
export { unscale } from "./unscale.js";
export { warpAffine, type Brightness, type FillMode, type WarpAffineAttrs } from "./warpAffine.js";
export type { Pads, Size2d } from "./window2d.js";
