/** Names in the notations of JavaScript and Python. */

/** Keras's naming.to_snake_case: MaxPooling2D → max_pooling2d, kernelSize → kernel_size. */
export function snakeCase(name: string): string {
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** batch_size, batch-size, BatchSize → batchSize */
export function camelCase(name: string): string {
  const joined = name.replace(/[-_ ]+(.?)/g, (_, letter: string) => letter.toUpperCase());
  return joined.replace(/^[A-Z]+(?![a-z])|^[A-Z]/, (start) => start.toLowerCase());
}
