import { GlobalAveragePooling2D } from "../../layers/pooling/globalAveragePooling2d.js";
import { GlobalMaxPooling2D } from "../../layers/pooling/globalMaxPooling2d.js";
import { Model } from "../../model.js";
import type { SymbolicTensor } from "../../layers/layer.js";
import { outputAt } from "../cutAt.js";
import type { ApplicationDescription, Pooling } from "./description.js";
import type { ArchitectureOptions } from "./options.js";

type AssemblyOptions = Pick<ArchitectureOptions, "name" | "seed" | "device" | "pooling"> & {
  readonly layer?: string;
};

/** The model between two tensors, cut where the options say, then pooled where they say so. */
export function assemble(
  inputs: SymbolicTensor,
  outputs: SymbolicTensor,
  { name, seed, device, layer, pooling }: AssemblyOptions,
  poolingNames?: ApplicationDescription["poolingNames"],
): Model {
  const whole = new Model({ inputs, outputs, name, seed, device });
  const cut = layer === undefined ? outputs : outputAt(whole, layer);
  const end = pooling ? poolingLayer(pooling, poolingNames?.[pooling]).apply(cut) : cut;
  return end === outputs ? whole : new Model({ inputs, outputs: end, name, seed, device });
}

/** Mean or maximum over height and width. @param name Default: as any layer of its class. */
export function poolingLayer(kind: Pooling, name?: string) {
  return kind === "avg" ? new GlobalAveragePooling2D({ name }) : new GlobalMaxPooling2D({ name });
}
