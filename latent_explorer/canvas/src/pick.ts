/** The latent code at a point of the map, with a label that says how it was found; and the point of a code. */

import { formatNumber } from "./dom";
import { kNearest, nearest } from "./maths/nearest";
import { liftToCode, projectCode } from "./maths/plane";
import type { Points } from "./points";

export interface PickedCode {
  z: Float32Array;
  label: string;
  row: number | null; // of the encoding, where the code is one
}

export const NEIGHBOURS = 5; // encodings in a weighted mean
const SPREAD = 1e-6; // of the distance on the map, squared: an encoding right under the pointer gets all of the weight

/** How a point is decoded on a map that has no inverse, such as UMAP. */
export type MapInverse = "Nearest" | "Mean of nearest";

/** The code at (x, y). Raw units and PCA planes are inverted exactly; a map without an inverse uses real encodings. */
export function pickCode(points: Points, x: number, y: number, inverse: MapInverse = "Nearest"): PickedCode {
  const { plane } = points.projection;
  if (plane) {
    const position = `(${formatNumber(x)}, ${formatNumber(y)})`;
    const label = points.dims <= 2 ? `z = ${position}` : `${points.projection.label} plane at ${position}`;
    return { z: liftToCode(plane, x, y), label, row: null };
  }
  if (inverse === "Mean of nearest")
    return { z: meanOfNearest(points, x, y), label: `mean of the ${NEIGHBOURS} nearest encodings on the map`, row: null };
  const { row } = nearest(points.xy, 2, [x, y]);
  const z = points.mean.slice(row * points.dims, (row + 1) * points.dims);
  return { z, label: `nearest real encoding, no. ${row}`, row };
}

/** The mean of the encodings nearest on the map, each weighted by 1/distance². */
function meanOfNearest(points: Points, x: number, y: number): Float32Array {
  const neighbours = kNearest(points.xy, 2, [x, y], NEIGHBOURS);
  const weights = neighbours.map(({ distance }) => 1 / (distance * distance + SPREAD));
  const sum = weights.reduce((a, b) => a + b, 0);
  const z = new Float32Array(points.dims);
  neighbours.forEach(({ row }, i) => {
    for (let j = 0; j < points.dims; j++) z[j] += (weights[i] / sum) * points.mean[row * points.dims + j];
  });
  return z;
}

/** A sentence about the image that the map shows under the pointer. */
export function describeProjection(points: Points): string {
  const { label, plane } = points.projection;
  if (plane && points.dims <= 2) return "Every point can be decoded: this plane is the latent space itself.";
  if (plane)
    return `Every point of the ${label} plane can be decoded. The plane is a flat slice through ${points.dims} units; most encodings lie outside it.`;
  return `${label} has no inverse: the image under the pointer is decoded from the nearest real encoding on the map, or from a weighted mean of the nearest ones.`;
}

/** The map position of a code: its projection on a plane; on other maps the encoding nearest in latent space.
 * ``exact`` is false where the code itself lies elsewhere. */
export function placeCode(points: Points, z: Float32Array): { x: number; y: number; exact: boolean } {
  const { plane } = points.projection;
  if (plane) {
    const { x, y, off } = projectCode(plane, z);
    return { x, y, exact: off < 1e-3 };
  }
  const { row, distance } = nearest(points.mean, points.dims, z);
  return { x: points.xy[2 * row], y: points.xy[2 * row + 1], exact: distance < 1e-3 };
}
