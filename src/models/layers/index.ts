/**
 * The layers, in Keras's groups: what the library exports, and what a file may ask for. Adding one here is all that it
 * takes to make it known.
 */
export { Dense, type DenseOptions } from "./core/dense.js";
export { Embedding, type EmbeddingOptions } from "./core/embedding.js";
export { Identity } from "./core/identity.js";
export { Input, InputLayer, type InputOptions } from "./core/inputLayer.js";

export { Conv1D, type Conv1DOptions } from "./convolutional/conv1d.js";
export { Conv1DTranspose, type Conv1DTransposeOptions } from "./convolutional/conv1dTranspose.js";
export { Conv2D, type Conv2DOptions } from "./convolutional/conv2d.js";
export { Conv2DTranspose, type Conv2DTransposeOptions } from "./convolutional/conv2dTranspose.js";
export { DepthwiseConv1D, type DepthwiseConv1DOptions } from "./convolutional/depthwiseConv1d.js";
export { DepthwiseConv2D, type DepthwiseConv2DOptions } from "./convolutional/depthwiseConv2d.js";
export { SeparableConv1D, type SeparableConv1DOptions } from "./convolutional/separableConv1d.js";
export { SeparableConv2D, type SeparableConv2DOptions } from "./convolutional/separableConv2d.js";

export { AveragePooling1D } from "./pooling/averagePooling1d.js";
export { AveragePooling2D } from "./pooling/averagePooling2d.js";
export { GlobalAveragePooling1D } from "./pooling/globalAveragePooling1d.js";
export { GlobalAveragePooling2D } from "./pooling/globalAveragePooling2d.js";
export { GlobalMaxPooling1D } from "./pooling/globalMaxPooling1d.js";
export { GlobalMaxPooling2D } from "./pooling/globalMaxPooling2d.js";
export type {
  GlobalPoolingOptions,
  GlobalPoolingOptions as GlobalPooling2DOptions,
} from "./pooling/globalPooling.js";
export { MaxPooling1D } from "./pooling/maxPooling1d.js";
export { MaxPooling2D } from "./pooling/maxPooling2d.js";
export type { Pooling1DOptions, Pooling2DOptions } from "./pooling/pooling.js";

export { Add } from "./merging/add.js";
export { Average } from "./merging/average.js";
export { Concatenate, type ConcatenateOptions } from "./merging/concatenate.js";
export { Dot, type DotOptions } from "./merging/dot.js";
export { Maximum } from "./merging/maximum.js";
export { Minimum } from "./merging/minimum.js";
export { Multiply } from "./merging/multiply.js";
export { Subtract } from "./merging/subtract.js";

export type { AffineOptions } from "./normalization/affine.js";
export { BatchNormalization, type BatchNormalizationOptions } from "./normalization/batchNormalization.js";
export { GroupNormalization, type GroupNormalizationOptions } from "./normalization/groupNormalization.js";
export { LayerNormalization, type LayerNormalizationOptions } from "./normalization/layerNormalization.js";
export { UnitNormalization, type UnitNormalizationOptions } from "./normalization/unitNormalization.js";

export { Activation, type ActivationOptions } from "./activations/activation.js";
export { ELU, type ELUOptions } from "./activations/elu.js";
export { LeakyReLU, type LeakyReLUOptions } from "./activations/leakyRelu.js";
export { PReLU, type PReLUOptions } from "./activations/prelu.js";
export { ReLU, type ReLUOptions } from "./activations/relu.js";
export { Softmax, type SoftmaxOptions } from "./activations/softmax.js";

export { CenterCrop, type CenterCropOptions } from "./preprocessing/centerCrop.js";
export { Normalization, type NormalizationOptions } from "./preprocessing/normalization.js";
export { RandomBrightness, type RandomBrightnessOptions } from "./preprocessing/randomBrightness.js";
export { RandomContrast, type RandomContrastOptions } from "./preprocessing/randomContrast.js";
export { RandomCrop, type RandomCropOptions } from "./preprocessing/randomCrop.js";
export { RandomFlip, type RandomFlipOptions } from "./preprocessing/randomFlip.js";
export { RandomRotation, type RandomRotationOptions } from "./preprocessing/randomRotation.js";
export { RandomTranslation, type RandomTranslationOptions } from "./preprocessing/randomTranslation.js";
export { RandomZoom, type RandomZoomOptions } from "./preprocessing/randomZoom.js";
export { Rescaling, type RescalingOptions } from "./preprocessing/rescaling.js";
export { Resizing, type ResizingOptions } from "./preprocessing/resizing.js";

export {
  ActivityRegularization,
  type ActivityRegularizationOptions,
} from "./regularization/activityRegularization.js";
export { AlphaDropout, type AlphaDropoutOptions } from "./regularization/alphaDropout.js";
export { Dropout, type DropoutOptions } from "./regularization/dropout.js";
export { GaussianDropout, type GaussianDropoutOptions } from "./regularization/gaussianDropout.js";
export { GaussianNoise, type GaussianNoiseOptions } from "./regularization/gaussianNoise.js";
export { SpatialDropout1D, type SpatialDropout1DOptions } from "./regularization/spatialDropout1d.js";
export { SpatialDropout2D, type SpatialDropout2DOptions } from "./regularization/spatialDropout2d.js";

export { Cropping1D, type Cropping1DOptions } from "./reshaping/cropping1d.js";
export { Cropping2D, type Cropping2DOptions } from "./reshaping/cropping2d.js";
export { Flatten } from "./reshaping/flatten.js";
export { Permute, type PermuteOptions } from "./reshaping/permute.js";
export { RepeatVector, type RepeatVectorOptions } from "./reshaping/repeatVector.js";
export { Reshape, type ReshapeOptions } from "./reshaping/reshape.js";
export { UpSampling1D, type UpSampling1DOptions } from "./reshaping/upSampling1d.js";
export { UpSampling2D, type UpSampling2DOptions } from "./reshaping/upSampling2d.js";
export { ZeroPadding1D, type ZeroPadding1DOptions } from "./reshaping/zeroPadding1d.js";
export { ZeroPadding2D, type ZeroPadding2DOptions } from "./reshaping/zeroPadding2d.js";
