/** A network by its name or file, to look at: without weights where it is an application. */
import { stat } from "node:fs/promises";
import { WgraftError } from "../../errors.js";
import type { Device } from "../../kernels/gpu/device.js";
import { applications } from "../../models/applications/index.js";
import { applicationInputs } from "../../models/catalog.js";
import type { Model } from "../../models/model.js";
import { loadModel } from "../../models/saving/load.js";
import { nearChoices } from "../../options/suggest.js";
import { choices, imageDefaultsOf, isApplication } from "../defaults.js";
import type { BaseOptions } from "../options.js";
import { modelPathOf } from "../run/files.js";
import { applicationOf } from "./base.js";

export interface ArchitectureOptions extends Pick<BaseOptions, "size" | "alpha" | "layer" | "pooling"> {
  /** With the classifier for ImageNet's classes. Default false. */
  includeTop?: boolean;
  /** Default: none yet. */
  device?: Device;
}

/**
 * @param name of an application, a model file, or a run folder
 * @throws WgraftError `usage` for what is neither, and for options of applications with a file
 */
export async function openArchitecture(name: string, options: ArchitectureOptions): Promise<Model> {
  const { includeTop = false, alpha, layer, pooling, device } = options;
  if (isApplication(name)) {
    const app = applicationOf(name);
    // The published top is for one size.
    const own = includeTop ? applicationInputs[app] : imageDefaultsOf(app);
    const { size = own.size } = options;
    const inputShape = [size, size, 3] as const;
    return applications[app].build({ includeTop, inputShape, alpha, layer, pooling, device });
  }
  if (await stat(name).catch(() => undefined)) {
    refuseForFile(name, { includeTop: includeTop || undefined, alpha, layer, pooling });
    return openFile(name, options);
  }
  const meant = nearChoices(name, choices.app);
  const hint = meant ? `; did you mean ${meant}?` : "";
  throw new WgraftError(
    "usage",
    `${name} is neither an application (${choices.app.join(", ")}) nor a file that exists${hint}`,
  );
}

/** A size is for a model that leaves it open. */
async function openFile(name: string, { device, size }: ArchitectureOptions): Promise<Model> {
  const path = await modelPathOf(name);
  const isOpen = (error: unknown) =>
    error instanceof WgraftError && error.code === "not-supported" && error.option === "size";
  try {
    const model = await loadModel(path, { device });
    refuseForFile(name, { size });
    return model;
  } catch (error) {
    if (size !== undefined && isOpen(error)) return loadModel(path, { device, size });
    refuseForFile(name, { size });
    throw error;
  }
}

function refuseForFile(file: string, options: Readonly<Record<string, unknown>>): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new WgraftError("usage", `\`${given}\` is for an application by its name; ${file} is a saved model`, {
    option: given,
  });
}
