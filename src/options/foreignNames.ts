/**
 * What other libraries, older versions of Keras and papers call our options. In lower case, without separators: names
 * that differ from ours in notation alone (`batch_size`) need no entry.
 */
export const foreignNames: Readonly<Record<string, string>> = {
  // Training.
  batchSize: "bs batch batches minibatch minibatchsize imagesperbatch",
  classWeight: "classweights",
  epochs: "nbepoch nepochs numepochs maxepochs numtrainepochs iterations passes",
  initialEpoch: "startepoch firstepoch",
  loss: "lossfn lossfunction criterion objective",
  metrics: "metric",
  onProgress: "progress progresscallback callback",
  optimizer: "opt",
  sampleWeight: "sampleweights weights",
  signal: "abortsignal abort",
  steps: "nbsteps numsteps valsamples",
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
  rate: "p prob probability droprate dropout dropoutrate",
  shape: "inputshape size batchshape batchinputshape",
  strides: "subsample step",
  targetShape: "shape newshape outputshape",
  units: "outputdim outfeatures neurons nodes size hiddenunits features",
  useBias: "bias hasbias withbias",

  // Applications.
  alpha: "width widthmultiplier widthmult depthmultiplier",
  classes: "numclasses nclasses nbclasses numoutputs classnames",
  includeTop: "top withtop classifier head",
  offline: "localfilesonly local nodownload",
  pooling: "pool globalpool globalpooling",
  weights: "pretrained checkpoint pretrainedweights initialweights",

  // Images.
  brightnessRange: "brightness",
  classMode: "labelmode mode labels",
  height: "rows imgheight imageheight",
  heightShiftRange: "heightshift verticalshift",
  horizontalFlip: "hflip flip fliplr fliphorizontal mirror",
  interpolation: "resample resampling resizemode",
  preprocess: "preprocessing preprocessinput preprocessingfunction",
  preprocessingFunction: "preprocess preprocessing preprocessinput",
  rescale: "scale rescaling",
  rotationRange: "rotation rotate degrees",
  shearRange: "shear",
  shuffle: "shuffled",
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

  // Devices.
  adapter: "gpu deviceid devicename powerpreference vendor",
  autotune: "tune tuning benchmark",
  device: "gpu",
  memoryBudget: "memory memorylimit maxmemory vram",
  precision: "dtype fp16 half float16 mixedprecision amp",
  seed: "randomseed randomstate rng",
};
