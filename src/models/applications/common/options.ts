/** Options that all applications take, and their checks. */
import { WgraftError } from "../../../errors.js";
import type { DownloadProgress } from "../../../io/cache/download.js";
import type { Device } from "../../../kernels/gpu/device.js";
import {
  abortSignal,
  callback,
  flag,
  listOf,
  oneOf,
  positiveInteger,
  text,
  type Check,
} from "../../../options/checks.js";
import { checkOptions } from "../../../options/checkOptions.js";
import { isPlainObject } from "../../../options/describe.js";
import {
  nullable,
  optional,
  type AnyFields,
  type Arguments,
  type FieldTable,
} from "../../../options/fields.js";
import type { Shape } from "../../../tensor.js";
import { sequentialTable } from "../../modelOptions.js";
import { specialOptions } from "../../catalog.js";
import { sampleShape } from "../../layers/layerOptions.js";
import type {
  ApplicationDescription,
  Checked,
  Pooling,
  PublishedWeightsOptions,
  SpecialOption,
} from "./description.js";

/** Arguments of an architecture, without its weights. */
export interface ArchitectureOptions {
  /** Whether to include the classifier. Default true, as in Keras. */
  includeTop?: boolean;
  /** (height, width, channels). Default: the application's own size, and three channels. */
  inputShape?: Shape | null;
  /** Without the top: the mean or the maximum over height and width at the end. Default null: neither. */
  pooling?: Pooling | null;
  /** With the top: the number of classes. Default 1000. */
  classes?: number;
  /** The last layer; what is above it is omitted. Default: all layers. */
  layer?: string | null;
  /** Default: Keras's. */
  name?: string | null;
  /** Seed of random weights, dropout and shuffling. Default: drawn at random. */
  seed?: number | null;
  /** Default: one that is opened for the process at first use. */
  device?: Device;
}

export interface BuildOptions extends ArchitectureOptions {
  /**
   * Whether Keras's published weights will be loaded: EfficientNetB0 to B7 have one more layer then. Default false.
   */
  published?: boolean;
}

export interface ApplicationOptions extends ArchitectureOptions {
  /**
   * "imagenet": the published weights, from Keras's cache or downloaded into it; "random" or null: new ones; else a
   * file, which may lack the layers above `layer`. Default "imagenet".
   */
  weights?: "imagenet" | "random" | (string & {}) | null;
  /** Never download. Default false. */
  offline?: boolean;
  /** How far the download is. */
  onProgress?: (progress: DownloadProgress) => void;
  /** Stops the download. */
  signal?: AbortSignal;
}

const inputShape = (smallest: number): Check<Shape, number[]> => {
  const shape = listOf(positiveInteger, "", 3);
  return {
    expected: `[height, width, channels] of at least ${smallest}×${smallest}`,
    read: (value) => {
      const read = shape.read(value);
      return read && Math.min(read[0], read[1]) >= smallest ? read : undefined;
    },
  };
};

/** The fields of `ArchitectureOptions`. */
const architectureFields = (size: number, smallest: number) => ({
  includeTop: optional(flag, true),
  inputShape: nullable(optional(inputShape(smallest), [size, size, 3])),
  pooling: nullable(optional(oneOf<Pooling>(["avg", "max"]))),
  classes: optional(positiveInteger, 1000),
  layer: nullable(optional(text)),
  ...sequentialTable.fields,
});

/** Where the weights come from. */
const weights: Check<string | null, string> = {
  expected: '"imagenet", "random", a file, or null',
  read: (value) => (value === null ? "random" : text.read(value)),
};

const weightsFields = {
  weights: optional(weights, "imagenet"),
  offline: optional(flag, false),
  onProgress: optional(callback),
  signal: optional(abortSignal),
};

/** The options after their checks, with defaults. */
export type ArchitectureArguments<Special> = Arguments<FieldTable<ReturnType<typeof architectureFields>>> &
  Checked<Special>;
export type ApplicationArguments<Special> = ArchitectureArguments<Special> &
  Arguments<FieldTable<typeof weightsFields>>;

/** @throws WgraftError `usage` for an option that is unknown or not what it should be */
export function checkArchitecture<Special extends object>(
  description: ApplicationDescription<string, Special>,
  given: unknown,
): ArchitectureArguments<Special> {
  return checked(description, { published: optional(flag, false) }, given) as ArchitectureArguments<Special>;
}

/** The same where weights are wanted too. @throws WgraftError `usage` */
export function checkApplication<Special extends object>(
  description: ApplicationDescription<string, Special>,
  given: unknown,
): ApplicationArguments<Special> {
  return checked(description, weightsFields, given) as ApplicationArguments<Special>;
}

type Described = Pick<ApplicationDescription, "name" | "defaultSize" | "smallestSize" | "options">;

function checked(
  { name, defaultSize, smallestSize, options: own }: Described,
  more: AnyFields,
  given: unknown,
): object {
  refuseOptionsOfOthers(name, own, given);
  const fields = { ...more, ...architectureFields(defaultSize, smallestSize), ...ownFields(own) };
  const args = checkOptions({ owner: name, fields, fixed: {} }, given);
  if (args.includeTop && args.pooling) {
    throw new WgraftError(
      "usage",
      `${name}: \`pooling\` is for a base without the top; it does not go with \`includeTop\``,
      {
        op: name,
        option: "pooling",
      },
    );
  }
  return args;
}

/** The fields of `PublishedWeightsOptions`. */
export const publishedWeightsFields = {
  includeTop: optional(flag, true),
  inputShape: optional(sampleShape),
  rows: optional(positiveInteger),
};

/** Which published weights are meant. @throws WgraftError `usage` for an option that is unknown or not what it should be */
export function checkPublishedWeights<Special extends object>(
  { name, options: own }: ApplicationDescription<string, Special>,
  given: unknown,
): PublishedWeightsOptions & Required<Special> {
  refuseOptionsOfOthers(name, own, given);
  const table = {
    owner: `${name}.weights`,
    fields: { ...publishedWeightsFields, ...ownFields(own) },
    fixed: {},
  };
  return checkOptions(table, given) as PublishedWeightsOptions & Required<Special>;
}

/** The fields of the options that only one application takes. */
export function ownFields(own: object): AnyFields {
  const options = Object.entries(own as Readonly<Record<string, SpecialOption>>);
  return Object.fromEntries(options.map(([option, { field }]) => [option, field]));
}

/** @throws WgraftError `usage` for an option that only other applications take */
export function refuseOptionsOfOthers(name: string, own: object, given: unknown): void {
  if (!isPlainObject(given)) return;
  for (const [option, applications] of Object.entries(specialOptions)) {
    if (Object.hasOwn(own, option) || given[option] === undefined) continue;
    const message = `${name}: there is no option ${option}; ${option} is for ${applications.join(", ")}`;
    throw new WgraftError("usage", message, { op: name, option });
  }
}
