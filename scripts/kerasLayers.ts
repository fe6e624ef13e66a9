/** The layers of Keras 3.15, in its groups, for the table of those that wgraft has. */
export const kerasLayers: Readonly<Record<string, string>> = {
  core: "Dense EinsumDense Embedding Identity InputLayer Lambda Masking ReversibleEmbedding Wrapper",
  activations: "Activation ELU LeakyReLU PReLU ReLU Softmax",
  attention: "AdditiveAttention Attention GroupedQueryAttention MultiHeadAttention",
  convolutional:
    "Conv1D Conv1DTranspose Conv2D Conv2DTranspose Conv3D Conv3DTranspose DepthwiseConv1D DepthwiseConv2D SeparableConv1D " +
    "SeparableConv2D",
  pooling:
    "AdaptiveAveragePooling1D AdaptiveAveragePooling2D AdaptiveAveragePooling3D AdaptiveMaxPooling1D AdaptiveMaxPooling2D " +
    "AdaptiveMaxPooling3D AveragePooling1D AveragePooling2D AveragePooling3D GlobalAveragePooling1D GlobalAveragePooling2D " +
    "GlobalAveragePooling3D GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D MaxPooling1D MaxPooling2D MaxPooling3D",
  merging: "Add Average Concatenate Dot Maximum Minimum Multiply Subtract",
  normalization:
    "BatchNormalization GroupNormalization LayerNormalization RMSNormalization SpectralNormalization UnitNormalization",
  regularization:
    "ActivityRegularization AlphaDropout Dropout GaussianDropout GaussianNoise SpatialDropout1D SpatialDropout2D SpatialDropout3D",
  reshaping:
    "Cropping1D Cropping2D Cropping3D Flatten Permute ReconstructPatches2D ReconstructPatches3D RepeatVector Reshape UpSampling1D " +
    "UpSampling2D UpSampling3D ZeroPadding1D ZeroPadding2D ZeroPadding3D",
  preprocessing:
    "AugMix AutoContrast CategoryEncoding CenterCrop ContrastLimitedAdaptiveHistogramEqualization CutMix Discretization " +
    "Equalization HashedCrossing Hashing IntegerLookup MaxNumBoundingBoxes MelSpectrogram MixUp Normalization Pipeline " +
    "RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast RandomCrop RandomElasticTransform " +
    "RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale RandomHue RandomInvert RandomPerspective RandomPosterization " +
    "RandomRotation RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom Rescaling Resizing Solarization " +
    "STFTSpectrogram StringLookup TextVectorization",
  rnn:
    "Bidirectional ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU GRUCell LSTM LSTMCell RNN SimpleRNN SimpleRNNCell StackedRNNCells " +
    "TimeDistributed",
};
