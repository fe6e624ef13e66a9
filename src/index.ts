/**
 * The public API of wgraft. Examples in docstrings omit its import, and take as given what test/examples/given.ts has: a
 * compiled `model` with samples `x` and labels `y`, and a `base` with `images`.
 */
export { WgraftError, type ErrorCode } from "./errors.js";
export {
  tensor,
  Tensor,
  type DType,
  type FloatType,
  type HostType,
  type Shape,
  type TensorSpec,
} from "./tensor.js";

// Models, by Keras's names.
export { Model, type AnyModel } from "./models/model.js";
export type { CompileOptions, ModelOptions, Predicted, SequentialOptions } from "./models/modelOptions.js";
export { Sequential } from "./models/sequential.js";
export { loadModel, type LoadOptions } from "./models/saving/load.js";
export { loadWeights } from "./models/saving/weights.js";
export { summaryData, type ModelSummary, type SummaryOptions } from "./models/summary.js";
export * from "./models/applications/index.js";

// Layers.
export * from "./models/layers/index.js";
export { Layer, type CallContext, type SymbolicTensor, type Weight } from "./models/layers/layer.js";
export { layerOptions, type LayerOptions } from "./models/layers/layerOptions.js";
export * as options from "./options/index.js";
export type { CustomObjects, LayerClass } from "./models/layers/savedLayer.js";
export type {
  ActivationConfig,
  ActivationName,
  ActivationOption,
} from "./models/layers/activations/activation.js";

// Training.
export * from "./models/callbacks/index.js";
export type { Initializer } from "./models/initializers.js";
export type { Constraint, ConstraintArguments, ConstraintConfig } from "./models/constraints.js";
export type { Regularizer, RegularizerConfig } from "./models/regularizers.js";
export type { LossName } from "./models/losses.js";
export type { MetricName } from "./models/metrics.js";
export type { LossOptions, LossSpec, MetricSpec } from "./models/targets.js";
export * from "./models/optimizers/index.js";
export type { LossScale } from "./models/optimizers/lossScale.js";
export {
  LossScaleOptimizer,
  type LossScaleOptions,
  type LossScaleStatus,
} from "./models/optimizers/lossScaleOptimizer.js";
export type { Optimizer } from "./models/optimizers/optimizer.js";
export { optimizerOptions, type OptimizerOptions } from "./models/optimizers/optimizerOptions.js";
export * from "./models/optimizers/schedules/index.js";
export { LearningRateSchedule } from "./models/optimizers/schedules/schedule.js";
export { SlotOptimizer } from "./models/optimizers/slotOptimizer.js";
export {
  ArraySource,
  type AnyBatch,
  type Batch,
  type BatchSource,
  type Preprocess,
} from "./models/training/batches.js";
export type { AnyTensorBatch, TensorBatch, TensorBatches } from "./models/training/generatorSource.js";
export { History, type Callback, type Logs, type TrainedModel } from "./models/training/history.js";
export type { EvaluateOptions, FitOptions, PredictOptions } from "./models/training/options.js";
export type { Tensors, ValidationTuple } from "./models/training/data.js";
export type { OneOrMore, PerEnd } from "./models/ends.js";
/** Earlier names of types, kept for programs that import them. */
export type {
  EvaluateOptions as ModelEvaluateOptions,
  FitOptions as ModelFitOptions,
} from "./models/training/options.js";
export type {
  DecayOptions as ExponentialDecayOptions,
  DecayOptions as InverseTimeDecayOptions,
} from "./models/optimizers/schedules/decay.js";
export type { ClassWeight, SampleWeight, WeightOptions } from "./models/training/sampleWeights.js";

// Images as data of a model.
export { extractFeatures, type ExtractOptions, type FeatureBatch } from "./models/data/extractFeatures.js";
export { ImageSource, type ImageSourceOptions } from "./models/data/imageSource.js";

// What a model sees.
export { gradCam, type GradCam, type GradCamOptions } from "./models/explain/gradCam.js";
export {
  layerActivations,
  type LayerActivations,
  type LayerActivationsOptions,
} from "./models/explain/layerActivations.js";
export type {
  ExplainOptions,
  Explanation,
  FeatureMaps,
  FeatureMapsOptions,
} from "./transfer/explain/explain.js";
export { featureMapGrid } from "./transfer/explain/featureMaps.js";
export { overlayHeatmap, type OverlayOptions } from "./transfer/explain/heatmap.js";
export { encodePng } from "./io/images/encode.js";

// An audit of data.
export { checkData, type CheckDataOptions } from "./transfer/check/checkData.js";
export type * from "./io/report/dataCheck.js";
export { writeDataPage } from "./transfer/check/writePage.js";

// Augmentation.
export { ImageDataGenerator } from "./models/data/imageDataGenerator.js";
export type { ArrayFlowOptions, ClassMode, DirectoryFlowOptions } from "./models/data/flowOptions.js";
export type { DirectoryFlow } from "./models/data/directoryFlow.js";
export type { ImageDataGeneratorOptions } from "./models/data/generatorOptions.js";
export type { ImageFlow } from "./models/data/imageFlow.js";
export type { Convention, TransformParameters } from "./models/data/augmentation/transform.js";

// Files: images, features, weights, reports.
export { listDataset, type ImageDataset, type Split } from "./io/dataset/splits.js";
export { listImageFolder, type ImageFile, type ImageFolder } from "./io/dataset/folder.js";
export { ImageLoader, type ImageBatch, type ImageLoaderOptions } from "./io/dataset/loader.js";
export { decodeImage, type DecodedImage } from "./io/images/decode.js";
export { resizeImage, type Interpolation } from "./io/images/resize.js";
export {
  tuningCache,
  tuningCachePath,
  type TuningCache,
  type TuningCacheOptions,
} from "./io/cache/tuningCache.js";
export {
  featureCache,
  featureCachePath,
  type FeatureCache,
  type FeatureCacheOptions,
} from "./io/cache/featureCache.js";
export type { FeatureStore } from "./models/data/featureStore.js";
export type { Omitted } from "./io/dataset/omitted.js";
export { sha256OfFile } from "./io/cache/weightsCache.js";
export { writeRunReport } from "./io/report/write.js";
export type { RunReport } from "./io/report/runPage.js";
export type {
  Assessment,
  Calibration,
  CalibrationBin,
  ClassFigures,
  HeatMap,
  RocCurve,
  RocPoint,
  ShownMistake,
} from "./io/report/assessment.js";

// Transfer learning: features, heads, runs, classifiers.
export {
  extractFeaturesToFile,
  type ExtractedSplit,
  type ExtractionOptions,
  type ExtractionResult,
} from "./transfer/data/extract.js";
export { FeaturesWriter, readFeatures, type Features } from "./transfer/data/features.js";
export type { FeaturesMeta } from "./transfer/provenance.js";
export type { FeaturesSplit } from "./io/features.js";
export {
  findLearningRateOnFeatures,
  findLearningRateOnImages,
} from "./transfer/training/findLearningRate.js";
export type { LearningRateSweep, SweepPoint } from "./transfer/training/learningRateSweep.js";
export { trainHead, type HeadTrainingOptions } from "./transfer/training/trainHead.js";
export type { ImageTrainingOptions } from "./transfer/training/imageSettings.js";
export { trainOnImages } from "./transfer/training/trainOnImages.js";
export type {
  FinishedEpoch,
  TrainingOptions,
  TrainingProgress,
  TrainingResult,
} from "./transfer/training/options.js";
export { Classifier } from "./transfer/classifier/classifier.js";
export type {
  ClassifierOptions,
  PredictFilesOptions,
  PredictImageOptions,
  ValuesOptions,
} from "./transfer/classifier/classifierOptions.js";
export type { ImageInput } from "./transfer/classifier/imageInput.js";
export type { FilePrediction, FileValues, Prediction } from "./transfer/classifier/prediction.js";
export { predictionLines, predictionsHeader } from "./transfer/classifier/predictionsCsv.js";
export { readPathList } from "./transfer/classifier/pathList.js";
export {
  evaluateOnFeatures,
  evaluateOnImages,
  type EvaluationResult,
  type FeaturesEvaluationOptions,
  type ImageEvaluationOptions,
  type WrongPrediction,
} from "./transfer/classifier/evaluate.js";
export { compareRuns, type CompareOptions } from "./transfer/comparison/compareRuns.js";
export type { ComparedRun, RunComparison } from "./io/report/comparison/comparison.js";
export {
  planMemory,
  type MemoryOptions,
  type ProgramMemory,
  type TooLarge,
} from "./transfer/model/memory.js";
export type { OutputMeaning } from "./models/outputs.js";
export { InterruptedError } from "./transfer/interrupted.js";
export type { AugmentationOptions } from "./transfer/data/augmentation.js";
export type { ClassWeightOption } from "./transfer/data/classWeight.js";
export type {
  BaseOptions,
  CacheOptions,
  DeviceOpener,
  ImageOptions,
  SkipOptions,
  TransferOptions,
} from "./transfer/options.js";

// The engine below the models: build a graph of ops, differentiate it, run it; add an op.
export { gradients } from "./graph/autodiff.js";
export { Graph } from "./graph/graph.js";
export { compile as compileGraph } from "./graph/compile.js";
export type { MemoryPeak, MemoryUse } from "./graph/plan/memory.js";
export { Program } from "./graph/program/program.js";
export { Variable } from "./graph/variable.js";
export { createDevice, Device } from "./kernels/gpu/device.js";
export { defineOp } from "./kernels/op.js";
export type { TuningStore } from "./kernels/gpu/tuning.js";
export * as ops from "./kernels/index.js";
