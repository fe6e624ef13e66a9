/** Names for help texts and messages, which do not wait for what they name. Written by `npm run tables`; do not edit. */

export const applicationNames = [
  "vgg16",
  "vgg19",
  "inceptionv3",
  "resnet101",
  "resnet152",
  "resnet50",
  "resnet101v2",
  "resnet152v2",
  "resnet50v2",
  "densenet121",
  "densenet169",
  "densenet201",
  "mobilenet",
  "xception",
  "mobilenetv2",
  "efficientnetb0",
  "efficientnetb1",
  "efficientnetb2",
  "efficientnetb3",
  "mobilenetv3large",
  "mobilenetv3small",
  "efficientnetv2b0",
  "efficientnetv2b1",
  "efficientnetv2b2",
  "efficientnetv2b3",
] as const;

/** Side of the images, in pixels, and how they are preprocessed: those of the published weights. */
export const applicationInputs = {
  vgg16: { size: 224, preprocess: "caffe" },
  vgg19: { size: 224, preprocess: "caffe" },
  inceptionv3: { size: 299, preprocess: "tf" },
  resnet101: { size: 224, preprocess: "caffe" },
  resnet152: { size: 224, preprocess: "caffe" },
  resnet50: { size: 224, preprocess: "caffe" },
  resnet101v2: { size: 224, preprocess: "tf" },
  resnet152v2: { size: 224, preprocess: "tf" },
  resnet50v2: { size: 224, preprocess: "tf" },
  densenet121: { size: 224, preprocess: "torch" },
  densenet169: { size: 224, preprocess: "torch" },
  densenet201: { size: 224, preprocess: "torch" },
  mobilenet: { size: 224, preprocess: "tf" },
  xception: { size: 299, preprocess: "tf" },
  mobilenetv2: { size: 224, preprocess: "tf" },
  efficientnetb0: { size: 224, preprocess: "none" },
  efficientnetb1: { size: 240, preprocess: "none" },
  efficientnetb2: { size: 260, preprocess: "none" },
  efficientnetb3: { size: 300, preprocess: "none" },
  mobilenetv3large: { size: 224, preprocess: "none" },
  mobilenetv3small: { size: 224, preprocess: "none" },
  efficientnetv2b0: { size: 224, preprocess: "none" },
  efficientnetv2b1: { size: 240, preprocess: "none" },
  efficientnetv2b2: { size: 260, preprocess: "none" },
  efficientnetv2b3: { size: 300, preprocess: "none" },
} as const;

/** Options that not every application takes, with those that do. */
export const specialOptions = {
  alpha: ["mobilenet", "mobilenetv2", "mobilenetv3large", "mobilenetv3small"],
} as const;

export const optimizerNames = ["rmsprop", "sgd", "adam", "adamw"] as const;
