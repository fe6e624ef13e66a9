/** The colors of pages and drawings, in the light and in the dark. A test computes their contrast. */

interface Palette {
  readonly page: string;
  readonly card: string;
  readonly text: string;
  /** Less important text. */
  readonly soft: string;
  /** Borders and grids, which carry no meaning. */
  readonly line: string;
  readonly axis: string;
  readonly link: string;
  /** Matplotlib's "b", which the tutorial plots with. */
  readonly blue: string;
  /** What is right, in a confusion matrix; and what is wrong. */
  readonly hit: string;
  readonly miss: string;
  /** The mark of the best epoch. */
  readonly best: string;
}

export const light: Palette = {
  page: "#f4f5f7",
  card: "#ffffff",
  text: "#1b2129",
  soft: "#525c68",
  line: "#dcdfe4",
  axis: "#333338",
  link: "#1d4ed8",
  blue: "#0000ff",
  hit: "#2563eb",
  miss: "#c2410c",
  best: "#15803d",
};

export const dark: Palette = {
  page: "#12151a",
  card: "#1b1f26",
  text: "#e7eaef",
  soft: "#a6b0bc",
  line: "#363d47",
  axis: "#8d97a4",
  link: "#8ab4ff",
  blue: "#8ab0ff",
  hit: "#6ea0ff",
  miss: "#ff9a62",
  best: "#6fd08c",
};

/** Of runs next to each other. Their lines have dashes too. */
export const runColors: readonly { readonly light: string; readonly dark: string }[] = [
  { light: "#0b5fc0", dark: "#7fb2ff" },
  { light: "#bf3f0a", dark: "#ffa36c" },
  { light: "#157f3c", dark: "#6fd18d" },
  { light: "#a01cae", dark: "#e59cf1" },
  { light: "#0d7490", dark: "#5fcfe1" },
  { light: "#b91c1d", dark: "#ff908f" },
  { light: "#6b4f1e", dark: "#d9b37d" },
  { light: "#4b5564", dark: "#b6bfcc" },
];

/** The most that a cell of the confusion matrix is filled with its color, so that its number can be read. */
export const strongestFill = 0.4;

/** Names of the colors, for the style sheet: `--soft`, `--run3`. */
export function colorNames(mode: "light" | "dark"): [name: string, color: string][] {
  const palette = mode === "light" ? light : dark;
  return [
    ...Object.entries(palette),
    ...runColors.map((color, i): [string, string] => [`run${i}`, color[mode]]),
  ];
}
