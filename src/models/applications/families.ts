/**
 * The list of applications. Whatever a file of a family exports is one, and all else that names applications follows from
 * this list: the builders of the public API, `applications`, choices, help texts, the documentation.
 */
export * from "./densenet.js";
export * from "./efficientnet.js";
export * from "./efficientnetV2.js";
export * from "./inception.js";
export * from "./mobilenet.js";
export * from "./mobilenetV2.js";
export * from "./mobilenetV3.js";
export * from "./nasnet.js";
export * from "./resnet.js";
export * from "./resnetV2.js";
export * from "./vgg.js";
export * from "./xception.js";
