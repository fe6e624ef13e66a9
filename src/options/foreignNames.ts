/**
 * What other libraries, older versions of Keras and papers call our options. In lower case, without separators: names
 * that differ from ours in notation alone (`batch_size`) need no entry.
 */
export const foreignNames: Readonly<Record<string, string>> = {
  // Training.
  batchSize: "bs batch batches minibatch minibatchsize imagesperbatch",
  classWeight: "classweights",
  earlyStop: "patience earlystopping",
  epochs: "nbepoch nepochs numepochs maxepochs numtrainepochs iterations passes",
  initialEpoch: "startepoch firstepoch",
  loss: "lossfn lossfunction criterion objective",
  metrics: "metric",
  onProgress: "progress progresscallback callback",
  optimizer: "opt",
  sampleWeight: "sampleweights weights",
  signal: "abortsignal abort",
  steps: "nbsteps numsteps valsamples",
  resume: "continue restore",
  stepsPerEpoch: "samplesperepoch batchesperepoch epochsteps steps",
  validationData: "valdata validation val evaldata testdata validset validationset",
  validationSplit: "valsplit split testsize validationfraction",
  validationSteps: "valsteps nbvalsamples",

  // Optimizers and schedules.
  beta1: "b1",
  beta2: "b2",
  clipnorm: "gradclip clipgradients maxgradnorm clip maxnorm",
  clipvalue: "gradclipvalue",
  endLearningRate: "minlr endlr finallr minlearningrate",
  epsilon: "eps fuzz",
  initialLearningRate: "lr learningrate initiallr startlr startlearningrate baselr rate",
  learningRate: "lr eta stepsize baselr lr0 initiallr initiallearningrate",
  momentum: "mom",
  rho: "smoothing smoothingconstant alpha",

  // Layers.
  activation: "act activationfunction activationfn nonlinearity",
  filters: "nbfilter nfilters outchannels channels kernels features",
  inputDim: "infeatures inputsize inputfeatures",
  inputShape: "shape imageshape inputsize imagesize size batchinputshape targetsize",
  keepdims: "keepdim",
  kernelInitializer: "init initializer weightinitializer kernelinit",
  kernelSize: "kernel kernelshape filtersize ksize size window windowsize",
  maxValue: "max maximum",
  padding: "pad pads bordermode",
  poolSize: "pool kernelsize kernel ksize size window windowsize",
  dropout: "droprate dropoutrate dropoutprob rate",
  rate: "p prob probability droprate dropout dropoutrate",
  shape: "inputshape size batchshape batchinputshape",
  strides: "subsample step",
  targetShape: "shape newshape outputshape",
  units: "outputdim outfeatures neurons nodes size hiddenunits hidden hiddensize hiddenlayer features",
  useBias: "bias hasbias withbias",

  // Applications.
  alpha: "width widthmultiplier widthmult depthmultiplier",
  app: "application base backbone basemodel arch architecture network model",
  classes: "numclasses nclasses nbclasses numoutputs classnames",
  classNames: "labels classes names classlabels labelnames",
  includeTop: "top withtop classifier head",
  offline: "localfilesonly local nodownload",
  layer: "cutat cutlayer outputlayer featurelayer endpoint",
  pooling: "pool globalpool globalpooling",
  trainable: "unfreeze finetune trainablelayers finetunelayers",
  weights: "pretrained checkpoint pretrainedweights initialweights",

  // Images.
  augment: "aug augmentation dataaugmentation",
  brightnessRange: "brightness",
  classMode: "labelmode mode labels",
  height: "rows imgheight imageheight",
  data: "datadir dataset datapath traindir traindata images imagedir folder dir",
  heightShiftRange: "heightshift verticalshift",
  horizontalFlip: "hflip flip fliplr fliphorizontal mirror",
  interpolation: "resample resampling resizemode",
  limit: "maximages maxsamples numimages imagesperclass samplesperclass",
  preprocess: "preprocessing preprocessinput preprocessingfunction",
  preprocessingFunction: "preprocess preprocessing preprocessinput",
  rescale: "scale rescaling",
  rotationRange: "rotation rotate degrees",
  shearRange: "shear",
  shuffle: "shuffled",
  size: "imagesize imgsize imgsz inputsize inputshape targetsize resolution",
  skipBad: "ignoreerrors skiperrors",
  targetSize: "imagesize size imgsize imageshape inputshape resize",
  verticalFlip: "vflip flipud flipvertical",
  width: "cols columns imgwidth imagewidth",
  widthShiftRange: "widthshift horizontalshift",
  zoomRange: "zoom zoomfactor",

  // Callbacks.
  filepath: "path file filename checkpointpath",
  logDir: "dir directory path folder",
  minDelta: "delta threshold epsilon tolerance",
  minLearningRate: "minlr lrmin",
  monitor: "metric",
  patience: "wait",
  restoreBestWeights: "restorebest restoreweights",
  saveBestOnly: "savebest bestonly",
  separator: "sep delimiter",

  // Files.
  model: "modelpath modelfile checkpoint",
  out: "output outputdir outdir savedir logdir dest destination",

  // Devices.
  adapter: "gpu device deviceid devicename powerpreference vendor",
  autotune: "tune tuning benchmark",
  device: "gpu",
  memoryBudget: "memory memorylimit maxmemory vram",
  precision: "dtype fp16 half float16 mixedprecision amp",
  seed: "randomseed randomstate rng",
};

/** What other programs call the commands of wgraft. */
export const foreignCommands: Readonly<Record<string, string>> = {
  bench: "benchmark perf speed",
  doctor: "check diagnose devices gpu env",
  evaluate: "eval test score validate val",
  extract: "features embed embeddings bottleneck",
  predict: "classify infer inference detect label",
  summary: "info describe show inspect model layers",
  train: "fit finetune retrain learn",
};
