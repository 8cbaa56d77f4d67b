/** The model's prior over latent codes: N(0, I) in closed form; any other by draws from it that Python sends. */

import { chiBand, drawNormal, empiricalBand, norm, type Band } from "./maths/gaussian";

export interface Prior {
  band: Band; // of ‖z‖
  normal: boolean; // whether it is N(0, I)
  sample(): Float32Array;
}

/** The prior of a model with ``dims`` units; ``draws`` (M × D) are codes from a prior that is not N(0, I). */
export function createPrior(dims: number, draws: Float32Array | null): Prior {
  if (!draws) return { band: chiBand(dims), normal: true, sample: () => Float32Array.from({ length: dims }, () => drawNormal()) };
  const rows = draws.length / dims;
  const row = (i: number) => draws.subarray(i * dims, (i + 1) * dims);
  const band = empiricalBand(Array.from({ length: rows }, (_, i) => norm(row(i))));
  return { band, normal: false, sample: () => row(Math.floor(Math.random() * rows)).slice() };
}
