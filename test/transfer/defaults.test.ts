/** What images of an application are where nothing is given. */
import { expect, it } from "vitest";
import { applicationInputs } from "../../src/models/catalog.js";
import { applications } from "../../src/models/applications/index.js";
import { describeImageDefaults, imageDefaultsOf } from "../../src/transfer/defaults.js";
import { openArchitecture } from "../../src/transfer/model/architecture.js";

it("are the application's own, but for the tutorial's VGGs", () => {
  expect(imageDefaultsOf("vgg16")).toEqual({ size: 150, preprocess: "rescale" });
  expect(imageDefaultsOf("vgg19")).toEqual({ size: 224, preprocess: "rescale" });
  expect(imageDefaultsOf("mobilenet")).toEqual({ size: 224, preprocess: "tf" });
  expect(imageDefaultsOf("resnet50")).toEqual({ size: 224, preprocess: "caffe" });
  expect(describeImageDefaults("preprocess")).toMatch(/^rescale for vgg16, vgg19; .*tf for .*mobilenet/);
  expect(describeImageDefaults("size")).toMatch(
    /^150 for vgg16; 299 for inceptionv3, xception; .*224 for all others$/,
  );
});

it("are in the catalog as the applications describe them", () => {
  for (const { name, defaultSize, preprocess } of Object.values(applications))
    expect(applicationInputs[name]).toEqual({ size: defaultSize, preprocess });
});

it("are what an architecture is opened with", async () => {
  expect((await openArchitecture("mobilenet", { alpha: 0.25 })).inputShape).toEqual([224, 224, 3]);
  expect((await openArchitecture("vgg16", {})).inputShape).toEqual([150, 150, 3]);
  expect((await openArchitecture("vgg16", { includeTop: true })).inputShape).toEqual([224, 224, 3]);
});
