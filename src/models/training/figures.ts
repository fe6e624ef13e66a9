/** Names of the figures that a training reports: the keys of logs and of the history. */

const validationPrefix = "val_";

/** The key of a validation's figure: "loss" → "val_loss". */
export function validationKey(figure: string): string {
  return validationPrefix + figure;
}

/** Which figure a key stands for, and whether it is a validation's: "val_loss" → loss of the validation. */
export function figureOf(key: string): { readonly figure: string; readonly isValidation: boolean } {
  const isValidation = key.startsWith(validationPrefix);
  return { figure: isValidation ? key.slice(validationPrefix.length) : key, isValidation };
}

/** Whether a higher value of a metric is better: accuracies are, losses and errors are not. */
export function isBetterHigh(metric: string): boolean {
  return /acc|auc|precision|recall|f1/i.test(metric);
}
