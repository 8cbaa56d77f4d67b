/** The norm of a latent code, its distribution under N(0, I), and normal draws. */

/** The middle 95 % of a quantity, and its typical value. */
export interface Band {
  low: number;
  typical: number;
  high: number;
}

const NORMAL_95 = 1.644854;
const NORMAL_975 = 1.959964;

/** The middle 95 % of ‖z‖ for z ~ N(0, I) in D dimensions: χ quantiles by Wilson & Hilferty 1931; typical is √D.
 * With one or two units the centre is where most draws are, so there the band is the shortest 95 %. */
export function chiBand(dims: number): Band {
  const quantile = (deviate: number) => {
    const spread = 2 / (9 * dims);
    return Math.sqrt(Math.max(0, dims * (1 - spread + deviate * Math.sqrt(spread)) ** 3));
  };
  if (dims <= 2) return { low: 0, typical: Math.sqrt(dims), high: quantile(NORMAL_95) };
  return { low: quantile(-NORMAL_975), typical: Math.sqrt(dims), high: quantile(NORMAL_975) };
}

/** The middle 95 % and the median of a sample. */
export function empiricalBand(values: number[]): Band {
  const sorted = Float64Array.from(values).sort();
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))];
  return { low: quantile(0.025), typical: quantile(0.5), high: quantile(0.975) };
}

/** ‖z‖. */
export function norm(z: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < z.length; i++) sum += z[i] * z[i];
  return Math.sqrt(sum);
}

/** A draw from N(0, 1); Box & Muller 1958. */
export function drawNormal(random: () => number = Math.random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}
