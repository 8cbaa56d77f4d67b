/** The distance that counts as near in a model: 95 % of its encodings have another one within it. */

import { empiricalBand, type Band } from "./maths/gaussian";
import { neighbourDistances } from "./maths/nearest";
import type { Points } from "./points";

const NUMBERS_PER_CODE = 4_000_000; // numbers compared for one code: fits into a frame
const NUMBERS_IN_ALL = 40_000_000; // numbers compared for all samples, once per set of points: about 50 ms
const SAMPLES = 120;

export interface Closeness {
  band: Band; // of the distance from an encoding to its nearest other encoding
  stride: number; // only every stride-th encoding is compared, where there are very many
  compared: number; // how many encodings that leaves
}

const cache = new WeakMap<Points, Closeness>();

/** Measures ``Closeness`` on a sample of the points, once. */
export function measureCloseness(points: Points): Closeness {
  let found = cache.get(points);
  if (!found) {
    const stride = Math.max(1, Math.ceil((points.n * points.dims) / NUMBERS_PER_CODE));
    const samples = Math.max(12, Math.min(SAMPLES, Math.floor(NUMBERS_IN_ALL / ((points.n * points.dims) / stride))));
    const band = empiricalBand(neighbourDistances(points.mean, points.dims, samples, stride));
    cache.set(points, (found = { band, stride, compared: Math.ceil(points.n / stride) }));
  }
  return found;
}
