/** "skipBad" → "--skip-bad" */
export function flagOf(option: string): string {
  return `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** The words of the library, whose options stand in backticks, with flags in their place. */
export function withFlags(text: string): string {
  return text.replace(/`([a-z][A-Za-z]*)`/g, (_, option: string) => flagOf(option));
}
