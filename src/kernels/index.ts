export {
  activationGrad,
  activationOps,
  relu,
  relu6,
  sigmoid,
  type Activation,
  type ElementwiseActivation,
} from "./elementwise/activation.js";
export { adamUpdate, type AdamUpdateAttrs } from "./training/adamUpdate.js";
export { allFinite } from "./training/allFinite.js";
export { globalAveragePool2d, globalAveragePool2dGrad } from "./pool/globalAveragePool2d.js";
export { averagePool2d, averagePool2dGrad } from "./pool/averagePool2d.js";
export { batchNormBackpropInput, batchNormInference, batchNormParameterGrad } from "./norm/batchNorm.js";
export type { BatchNormAttrs } from "./norm/batchNormInputs.js";
export { batchNormTraining, batchNormTrainingGrad } from "./norm/batchNormTraining.js";
export { biasAdd, biasAddGrad } from "./elementwise/biasAdd.js";
export { broadcastTo, sumTo } from "./shape/broadcastTo.js";
export { cast, castTo } from "./shape/cast.js";
export { clipByNorm, clipByValue } from "./training/clip.js";
export { constrainNonNegative, constrainNorm, type ConstrainNormAttrs } from "./training/constrain.js";
export { concat } from "./shape/concat.js";
export { conv2d, type Conv2dAttrs } from "./conv/conv2d.js";
export { conv2dBackpropFilter } from "./conv/conv2dBackpropFilter.js";
export { conv2dBackpropInput } from "./conv/conv2dBackpropInput.js";
export { conv2dTranspose, type Conv2dTransposeAttrs } from "./conv/conv2dTranspose.js";
export { convOutputHW, resolvePads } from "./common/window2d.js";
export { depthwiseConv2d } from "./conv/depthwiseConv2d.js";
export { dropout, type DropoutAttrs } from "./elementwise/dropout.js";
export {
  add,
  addRelu,
  divide,
  greaterEqual,
  maximum,
  minimum,
  multiply,
  prelu,
  subtract,
} from "./elementwise/binary.js";
export { fill, scale } from "./elementwise/elementwise.js";
export { gatherRows, gatherRowsGrad, type GatherRowsAttrs } from "./shape/gatherRows.js";
export {
  groupNorm,
  groupNormBackpropInput,
  groupNormParameterGrad,
  type GroupNormAttrs,
} from "./norm/groupNorm.js";
export { imageToFloat, type ImageToFloatAttrs } from "./image/imageToFloat.js";
export { preprocessModes, type PreprocessMode } from "./image/preprocessModes.js";
export { lossScaleUpdate, type LossScaleUpdateAttrs } from "./training/lossScaleUpdate.js";
export {
  binaryCrossentropy,
  binaryCrossentropyFromLogits,
  binaryCrossentropyGrad,
  categoricalCrossentropy,
  categoricalCrossentropyFromLogits,
  categoricalCrossentropyGrad,
  sparseCategoricalCrossentropy,
  sparseCategoricalCrossentropyFromLogits,
} from "./training/losses.js";
export { matMul, type MatMulAttrs } from "./gemm/matMul.js";
export { maxPool2d, maxPool2dGrad, type MaxPool2dAttrs } from "./pool/maxPool2d.js";
export { binaryAccuracy, categoricalAccuracy, sparseCategoricalAccuracy } from "./training/metrics.js";
export { movingStatisticsUpdate } from "./norm/movingStatistics.js";
export type { NoAttrs } from "./common/noAttrs.js";
export * from "./op.js";
export { crop2d, zeroPad2d } from "./shape/pad.js";
export type { Pool2dAttrs } from "./pool/pool2d.js";
export { randomNormal, type RandomNormalAttrs } from "./elementwise/randomNormal.js";
export { randomTransforms, type RandomTransformsAttrs } from "./image/randomTransforms.js";
export { recordScalars } from "./training/record.js";
export { broadcastScalar, mean, sum } from "./shape/reduce.js";
export { resize2d, resize2dGrad, type Resize2dAttrs, type ResizeInterpolation } from "./image/resize2d.js";
export { resizeImages, type ResizeImagesAttrs } from "./image/resizeImages.js";
export { rsqrt, type RsqrtAttrs } from "./elementwise/rsqrt.js";
export { reshape } from "./shape/reshape.js";
export { rmspropUpdate, type RmspropUpdateAttrs } from "./training/rmspropUpdate.js";
export { sgdUpdate, type SgdUpdateAttrs } from "./training/sgdUpdate.js";
export { padAxis, slice, type PadAxisAttrs, type SliceAttrs } from "./shape/slice.js";
export { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from "./elementwise/softmax.js";
export { sparsemax, sparsemaxGrad } from "./elementwise/sparsemax.js";
export { toBytes, type ToBytesAttrs } from "./image/toBytes.js";
export { transpose, type TransposeAttrs } from "./shape/transpose.js";
export { unscale } from "./training/unscale.js";
export { fillModes, type FillMode } from "./image/fillModes.js";
export { warpImages, type WarpImagesAttrs } from "./image/warpImages.js";
export { warpAffine, type Brightness, type WarpAffineAttrs } from "./image/warpAffine.js";
export type { Pads, Size2d } from "./common/window2d.js";
