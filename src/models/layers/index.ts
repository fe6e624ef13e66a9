/**
 * The layers, in Keras's groups: what the library exports, and what a file may ask for. Adding one here is all that it
 * takes to make it known.
 */
export { Dense, type DenseOptions } from "./core/dense.js";
export { Input, InputLayer, type InputOptions } from "./core/inputLayer.js";

export { Conv1D, type Conv1DOptions } from "./convolutional/conv1d.js";
export { Conv2D, type Conv2DOptions } from "./convolutional/conv2d.js";
export { DepthwiseConv1D, type DepthwiseConv1DOptions } from "./convolutional/depthwiseConv1d.js";
export { DepthwiseConv2D, type DepthwiseConv2DOptions } from "./convolutional/depthwiseConv2d.js";
export { SeparableConv1D, type SeparableConv1DOptions } from "./convolutional/separableConv1d.js";
export { SeparableConv2D, type SeparableConv2DOptions } from "./convolutional/separableConv2d.js";

export { AveragePooling2D } from "./pooling/averagePooling2d.js";
export { GlobalAveragePooling2D } from "./pooling/globalAveragePooling2d.js";
export { GlobalMaxPooling2D } from "./pooling/globalMaxPooling2d.js";
export type { GlobalPooling2DOptions } from "./pooling/globalPooling2d.js";
export { MaxPooling2D } from "./pooling/maxPooling2d.js";
export type { Pooling2DOptions } from "./pooling/pooling2d.js";

export { Add } from "./merging/add.js";
export { Average } from "./merging/average.js";
export { Concatenate, type ConcatenateOptions } from "./merging/concatenate.js";
export { Maximum } from "./merging/maximum.js";
export { Minimum } from "./merging/minimum.js";
export { Multiply } from "./merging/multiply.js";
export { Subtract } from "./merging/subtract.js";

export { BatchNormalization, type BatchNormalizationOptions } from "./normalization/batchNormalization.js";

export { Activation, type ActivationOptions } from "./activations/activation.js";
export { ELU, type ELUOptions } from "./activations/elu.js";
export { LeakyReLU, type LeakyReLUOptions } from "./activations/leakyRelu.js";
export { PReLU, type PReLUOptions } from "./activations/prelu.js";
export { ReLU, type ReLUOptions } from "./activations/relu.js";
export { Softmax, type SoftmaxOptions } from "./activations/softmax.js";

export { RandomFlip, type RandomFlipOptions } from "./preprocessing/randomFlip.js";
export { Rescaling, type RescalingOptions } from "./preprocessing/rescaling.js";

export { Dropout, type DropoutOptions } from "./regularization/dropout.js";

export { Cropping2D, type Cropping2DOptions } from "./reshaping/cropping2d.js";
export { Flatten } from "./reshaping/flatten.js";
export { Reshape, type ReshapeOptions } from "./reshaping/reshape.js";
export { ZeroPadding2D, type ZeroPadding2DOptions } from "./reshaping/zeroPadding2d.js";
