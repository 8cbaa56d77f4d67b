/** The model's own prior: N(0, I) in closed form, any other by draws from it that Python sends along. */

import { chiBand, gaussian, measuredBand, norm, type Band } from "./maths/prior";

export interface Prior {
  band: Band; // of ‖z‖
  normal: boolean;
  sample(): Float32Array;
}

export function priorOf(dims: number, draws: Float32Array | null): Prior {
  if (!draws) return { band: chiBand(dims), normal: true, sample: () => Float32Array.from({ length: dims }, () => gaussian()) };
  const rows = draws.length / dims;
  const row = (i: number) => draws.subarray(i * dims, (i + 1) * dims);
  const band = measuredBand(Array.from({ length: rows }, (_, i) => norm(row(i))));
  return { band, normal: false, sample: () => row(Math.floor(Math.random() * rows)).slice() };
}
