/** Images: the worst mistakes, and where the model looked. */
import type { Assessment, Explained, HeatMap, ShownMistake } from "../assessment.js";
import { markup, type Html } from "../html.js";
import { image, percent, type Section } from "../parts.js";

export function mistakesSection({ mistakes, mistakeCount, samples, split }: Assessment): Section {
  const heading = "Worst mistakes";
  if (mistakeCount === 0)
    return {
      id: "mistakes",
      heading,
      body: markup`<p>All ${samples} samples of ${split} are predicted right.</p>`,
    };
  const shown =
    mistakes.length < mistakeCount
      ? `The ${mistakes.length} surest of ${mistakeCount} wrong predictions on ${split}, the surest first.`
      : mistakeCount === 1
        ? `The only wrong prediction on ${split}.`
        : `All ${mistakeCount} wrong predictions on ${split}, the surest first.`;
  return {
    id: "mistakes",
    heading,
    body: [markup`<p>${shown}</p>`, markup`<ul class="images">${mistakes.map(mistakeItem)}</ul>`],
  };
}

function mistakeItem({ file, class: actual, predicted, probability, thumbnail }: ShownMistake): Html {
  const words = `${file}: is ${actual}, predicted ${predicted} at ${percent(probability)}`;
  const shown = thumbnail ? image(thumbnail, words) : markup`<span>no image available</span>`;
  return markup`<li><figure><div class="frame">${shown}</div><figcaption><span>is <b>${actual}</b></span><span>predicted <b>${predicted}</b>, ${percent(probability)}</span><span class="soft">${file}</span></figcaption></figure></li>`;
}

/** @returns undefined where there are none, and nothing is to be said about it */
export function heatMapsSection({ heatMaps = [], unexplained }: Explained): Section | undefined {
  if (heatMaps.length === 0 && unexplained === undefined) return undefined;
  return {
    id: "heat-maps",
    heading: "Heat maps",
    body: [
      unexplained !== undefined && markup`<p>${unexplained}</p>`,
      heatMaps.length > 0 &&
        markup`<p>Where the model looked (Grad-CAM): the parts of an image that speak for the predicted class are bright.</p>`,
      heatMaps.length > 0 && markup`<ul class="images pairs">${heatMaps.map(heatMapItem)}</ul>`,
    ],
  };
}

function heatMapItem({ file, class: name, probability, actual, image: original, overlay }: HeatMap): Html {
  const pair = [image(original, file), image(overlay, `${file}: heat map of ${name}`)];
  return markup`<li><figure><div class="frame">${pair}</div><figcaption><span>predicted <b>${name}</b>, ${percent(probability)}</span>${actual !== undefined && markup`<span>is <b>${actual}</b></span>`}<span class="soft">${file}</span></figcaption></figure></li>`;
}
