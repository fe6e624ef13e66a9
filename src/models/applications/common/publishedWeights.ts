/** How keras.applications names the weights that it publishes, and where they lie. */
import { md5OfFile, type PublishedWeights } from "../../../io/cache/weightsCache.js";
import type { PublishedWeightsOptions } from "./description.js";

export const googleStorage = "https://storage.googleapis.com/";
export const kerasStorage = `${googleStorage}tensorflow/keras-applications/`;

/** `folder/stem_weights_tf_dim_ordering_tf_kernels.h5`, and `…_notop.h5`. @param md5 with the top, and without */
export function tfKernels(folder: string, stem: string, md5: readonly [top: string, noTop: string]) {
  return ({ includeTop = true }: PublishedWeightsOptions): PublishedWeights => {
    const name = `${stem}_weights_tf_dim_ordering_tf_kernels${includeTop ? "" : "_notop"}.h5`;
    return { name, url: `${kerasStorage}${folder}/${name}`, md5: md5[includeTop ? 0 : 1] };
  };
}

/** The same file under another base URL, which ends in a slash: what follows Keras's folder stays. */
export function atBaseUrl(file: PublishedWeights, baseUrl: string): PublishedWeights {
  const folder = "/keras-applications/";
  return { ...file, url: baseUrl + file.url.slice(file.url.indexOf(folder) + folder.length) };
}

/**
 * Whether weights are the published ones, as far as an application's layers depend on that: by name, or a file with the hash
 * of one of them.
 * @param weights "imagenet", "random" or a file
 * @throws WgraftError `bad-input` for a file that cannot be read
 */
export async function arePublished(
  { weights: fileOf, publishedDiffers = false }: Published,
  weights: string,
): Promise<boolean> {
  if (!publishedDiffers || weights === "random") return false;
  if (weights === "imagenet") return true;
  const md5 = await md5OfFile(weights);
  return [true, false].some((includeTop) => fileOf({ includeTop }).md5 === md5);
}

/** Of an application. */
interface Published {
  readonly weights: (options: { includeTop: boolean }) => PublishedWeights;
  readonly publishedDiffers?: boolean;
}
