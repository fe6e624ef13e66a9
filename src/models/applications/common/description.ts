/** What there is to say about an application. */
import type { PreprocessMode } from "../../../kernels/image/preprocessModes.js";
import type { PublishedWeights } from "../../../io/cache/weightsCache.js";
import type { OptionalField } from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import type { SymbolicTensor } from "../../layers/layer.js";

/**
 * @typeParam Name by which commands and files know it
 * @typeParam Special options that it takes beyond those of all applications
 */
export interface ApplicationDescription<Name extends string = string, Special extends object = object> {
  readonly name: Name;
  readonly paper: { readonly authors: string; readonly year: number };
  /** What the published weights were trained on; "none" where the model begins with its own preprocessing. */
  readonly preprocess: PreprocessMode;
  /** Height and width of the input where none are given: those of the published weights. */
  readonly defaultSize: number;
  /** Less than this leaves nothing of an image at the last layer. */
  readonly smallestSize: number;
  /** Its last layer without the top: whose output the features are, by default. */
  readonly featureLayer: string;
  /** Of the layers that pool the base's output. Default: those that Keras makes of the classes. */
  readonly poolingNames?: Readonly<Record<Pooling, string>>;
  /** From the input up. */
  readonly blocks: readonly LayerBlock[];
  readonly options: {
    readonly [Option in keyof Special]-?: SpecialOption<Exclude<Special[Option], undefined>>;
  };
  /** Whether Keras has other layers for the published weights: `layers` then looks at `published`. Default false. */
  readonly publishedDiffers?: boolean;
  /** Default: `name`. */
  readonly modelName?: (options: Checked<Special>) => string;
  /** Applies the layers, from the input to the classifier or, without the top, to the feature layer. */
  readonly layers: (input: SymbolicTensor, options: Checked<Special>) => SymbolicTensor;
  /** The file of the published weights. @throws WgraftError `usage` where none were published */
  readonly weights: (options: PublishedWeightsOptions & Partial<Special>) => PublishedWeights;
}

/** Options with what stands for those that are absent, as far as an architecture depends on them. */
export type Checked<Special> = Required<Special> & {
  readonly includeTop: boolean;
  readonly inputShape: Shape;
  readonly classes: number;
  /** Whether the published weights will be loaded. */
  readonly published: boolean;
};

/** What training freezes and unfreezes together: the layers that follow the block before it, up to `last`. */
export interface LayerBlock {
  readonly name: string;
  readonly last: string;
}

/** An option that not every application has. */
export interface SpecialOption<In = never> {
  /** For help texts and the documentation. */
  readonly summary: string;
  readonly field: OptionalField<In>;
}

/** The mean or the maximum over height and width. */
export type Pooling = "avg" | "max";

/** What published weights differ in. */
export interface PublishedWeightsOptions {
  /** Default true. */
  includeTop?: boolean;
  /** (height, width, channels) of the input. Default: the application's own size. */
  inputShape?: Shape;
  /** Height of the images that the weights were trained on, where there is a choice. Default: follows from `inputShape`. */
  rows?: number;
}
