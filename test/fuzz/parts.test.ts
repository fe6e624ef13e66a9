import { fuzz } from "./fuzz.js";

fuzz(["h5 weights", "features", "state", "tuning cache"]);
