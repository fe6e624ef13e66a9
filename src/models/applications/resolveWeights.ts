import { cachedWeights, type CacheOptions } from "../../io/cache/weightsCache.js";
import { nameIn } from "../../names.js";
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

/**
 * The path of an application's published weights on this machine, checked against their hash; downloaded if they must be.
 * @throws WgraftError `usage` for weights that were never published, else as `cachedWeights`
 */
export async function resolveWeights(options: ResolveWeightsOptions): Promise<string> {
  const { baseUrl } = options;
  const name = nameIn(applications, "application", options.application, "usage");
  const file = applications[name].weights(options);
  return cachedWeights(baseUrl === undefined ? file : atBaseUrl(file, baseUrl), options);
}
