import { fuzz } from "./fuzz.js";

fuzz(["h5 model", ".keras", "config JSON", "image"]);
