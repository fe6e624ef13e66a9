/** Options that every layer takes, and the tables of those that a class of layers adds. */
import { flag, layerName, listOf, positiveInteger } from "../../options/checks.js";
import {
  advised,
  fixed as fixedTo,
  nullable,
  optional,
  optionsOf,
  type FieldsOf,
  type FieldTable,
  type FixedArguments,
} from "../../options/fields.js";
import type { Shape } from "../../tensor.js";

export interface LayerOptions {
  /** Default: the class name in snake case, numbered within the model. */
  name?: string | null;
  /** Whether training changes the layer's weights. Default true. */
  trainable?: boolean;
  /** Shape per sample, without the batch axis, where the layer is a Sequential's first. */
  inputShape?: Shape | null;
}

/** A shape per sample. */
export const sampleShape = listOf(positiveInteger, "a list of positive integers such as [150, 150, 3]");

/** In files they stand next to the layer's own arguments, and are read and written with the model. */
export const layerTable = optionsOf<LayerOptions>("Layer").fields({
  name: nullable(optional(layerName, undefined, { keras: null })),
  trainable: optional(flag, true, { keras: null }),
  inputShape: nullable(optional(sampleShape, undefined, { keras: null })),
});

/** The same after their checks. */
export interface LayerArguments {
  name?: string;
  trainable?: boolean;
  inputShape?: Shape;
}

type OwnOptions<O> = Omit<O, keyof LayerOptions>;

/** Begins the table of a class of layers: `layerOptions<DenseOptions>("Dense").fields({ units: required(…), … })`. */
export function layerOptions<O extends LayerOptions>(className: string) {
  return {
    /** @param fixed Keras's arguments that the layer does not have as options */
    fields<const F extends FieldsOf<OwnOptions<O>>>(
      fields: F & { readonly [K in Exclude<keyof F, keyof OwnOptions<O>>]: never },
      fixed: FixedArguments = {},
    ): FieldTable<F & (typeof layerTable)["fields"]> {
      const float32 = fixedTo("float32", "mixed_float16", "mixed_bfloat16");
      const everyLayers = { dtype: advised(float32, "save the model in float32, before it is quantized") };
      return {
        owner: className,
        fields: { ...fields, ...layerTable.fields },
        fixed: { ...everyLayers, ...fixed },
      };
    },
  };
}
