/**
 * The tutorial's first way, as a program: extract features with a pretrained base once, train a head on them.
 *
 *     npx esbuild examples/featureExtraction.ts --bundle --platform=node --format=esm --packages=external \
 *       --loader:.wgsl=text --outfile=dist/featureExtraction.js && node dist/featureExtraction.js pictures
 *
 * `pictures` holds train/ and validation/, each with one folder per class.
 */
import {
  Dense,
  Dropout,
  ImageSource,
  listImageFolder,
  RMSprop,
  Sequential,
  tensor,
  VGG16,
} from "../src/index.js";

const [directory = "pictures", weights = "imagenet"] = process.argv.slice(2);

const convBase = await VGG16({ weights, includeTop: false, inputShape: [150, 150, 3] });
convBase.summary();

async function features(split: string) {
  const { files } = await listImageFolder(`${directory}/${split}`);
  const maps = await convBase.predict(new ImageSource(files, { height: 150, width: 150 })); // (n, 4, 4, 512)
  return [maps.reshape([files.length, 4 * 4 * 512]), tensor(files.map((f) => f.label))] as const;
}
const [x, y] = await features("train");
const validationData = await features("validation");

const model = new Sequential([
  new Dense({ units: 256, activation: "relu", inputDim: 4 * 4 * 512 }),
  new Dropout({ rate: 0.5 }),
  new Dense({ units: 1, activation: "sigmoid" }),
]);
model.compile({
  optimizer: new RMSprop({ learningRate: 2e-5 }),
  loss: "binary_crossentropy",
  metrics: ["acc"],
});

const { history } = await model.fit(x, y, { epochs: 30, batchSize: 20, validationData });
console.log("validation accuracy", history.val_acc.at(-1));
await model.save("cats_and_dogs_small_3.h5");
