import { cachedWeights, type CacheOptions } from "../../io/cache/weightsCache.js";
import { namesOf } from "../../names.js";
import { abortSignal, callback, flag, oneOf, sha256, text } from "../../options/checks.js";
import { checkOptions } from "../../options/checkOptions.js";
import { isPlainObject } from "../../options/describe.js";
import { optional, required, type Arguments, type FieldTable } from "../../options/fields.js";
import { ownFields, publishedWeightsFields, refuseOptionsOfOthers } from "./common/options.js";
import { atBaseUrl } from "./common/publishedWeights.js";
import { applications, type ApplicationName } from "./list.js";

type AnyOf<Union> = (Union extends unknown ? (each: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;
/** What the published weights of any application differ in. */
type Variant = AnyOf<Parameters<(typeof applications)[ApplicationName]["weights"]>[0]>;

export type ResolveWeightsOptions = Variant &
  CacheOptions & {
    /** "vgg16" */
    application: string;
    /** Where the files are fetched from, with a slash at the end. Default: Keras's own storage. */
    baseUrl?: string;
  };

const applicationName = oneOf(namesOf(applications));

const commonFields = {
  application: required(applicationName),
  ...publishedWeightsFields,
  kerasHome: optional(text),
  baseUrl: optional(text),
  offline: optional(flag, false),
  onProgress: optional(callback),
  signal: optional(abortSignal),
  sha256: optional(sha256),
  onNote: optional(callback),
};

/**
 * The path of an application's published weights on this machine, checked against their hash; downloaded if they must be.
 * @throws WgraftError `usage` for an option that is unknown or not what it should be, and for weights that were never
 *   published; else as `cachedWeights`
 * @example
 * const path = await resolveWeights({ application: "vgg16", includeTop: false });
 */
export async function resolveWeights(options: ResolveWeightsOptions): Promise<string> {
  const name = isPlainObject(options) ? applicationName.read(options.application) : undefined;
  const own = name ? applications[name].options : {};
  if (name) refuseOptionsOfOthers(name, own, options);
  const table = { owner: "resolveWeights", fields: { ...commonFields, ...ownFields(own) }, fixed: {} };
  const checked = checkOptions(table, options) as Arguments<FieldTable<typeof commonFields>>;
  const { application, kerasHome, offline, onProgress, signal, baseUrl, sha256, onNote, ...variant } =
    checked;
  const file = applications[application].weights(variant);
  const published = baseUrl === undefined ? file : atBaseUrl(file, baseUrl);
  return cachedWeights(published, { kerasHome, offline, onProgress, signal, sha256, onNote });
}
