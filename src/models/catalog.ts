/** Names for help texts and messages, which do not wait for what they name. Written by `npm run tables`; do not edit. */

export const applicationNames = [
  "vgg16",
  "vgg19",
  "inceptionv3",
  "resnet50",
  "mobilenet",
  "xception",
] as const;

/** Side of the images, in pixels, and how they are preprocessed: those of the published weights. */
export const applicationInputs = {
  vgg16: { size: 224, preprocess: "caffe" },
  vgg19: { size: 224, preprocess: "caffe" },
  inceptionv3: { size: 299, preprocess: "tf" },
  resnet50: { size: 224, preprocess: "caffe" },
  mobilenet: { size: 224, preprocess: "tf" },
  xception: { size: 299, preprocess: "tf" },
} as const;

/** Options that not every application takes, with those that do. */
export const specialOptions = { alpha: ["mobilenet"] } as const;

export const optimizerNames = ["rmsprop", "sgd", "adam", "adamw"] as const;
