/** What "near" means in a model: 95 % of its encodings have another one within this distance. */

import { spacing } from "./maths/nearest";
import { measuredBand, type Band } from "./maths/prior";
import type { Points } from "./points";

const WORK = 4_000_000; // numbers compared for one code: what a frame has room for
const TOTAL = 40_000_000; // numbers compared for all samples, once: about 50 ms
const SAMPLES = 120;

export interface Closeness {
  band: Band;
  stride: number; // every k-th encoding is compared, where there are very many
  among: number;
}

const known = new WeakMap<Points, Closeness>();

export function closeness(points: Points): Closeness {
  let found = known.get(points);
  if (!found) {
    const stride = Math.max(1, Math.ceil((points.n * points.dims) / WORK));
    const samples = Math.max(12, Math.min(SAMPLES, Math.floor(TOTAL / ((points.n * points.dims) / stride))));
    const band = measuredBand(spacing(points.mean, points.dims, samples, stride));
    known.set(points, (found = { band, stride, among: Math.ceil(points.n / stride) }));
  }
  return found;
}
