/** How keras.applications names the weights that it publishes, and where they lie. */
import type { PublishedWeights } from "../../../io/cache/weightsCache.js";
import type { PublishedWeightsOptions } from "./description.js";

export const kerasStorage = "https://storage.googleapis.com/tensorflow/keras-applications/";

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
