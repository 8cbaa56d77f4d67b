/** The code at a point of the map, and the honest name of how it was got. */

import { number } from "./dom";
import { nearest, nearestOf } from "./maths/nearest";
import { drop, lift, type Plane } from "./maths/plane";
import type { Points } from "./points";

export interface Pick {
  z: Float32Array;
  label: string;
  row: number | null; // of the encoding, where the code is one
}

export const SEVERAL = 5; // encodings of a weighted mean
const SPREAD = 1e-6; // of the distance on the map, squared: an encoding right under the pointer gets all of the weight

/** What stands in for a place that a drawing of neighbourhoods cannot decode. */
export type Stand = "Nearest" | "Mean of near";

/** Raw units and PCA planes are inverted exactly; a drawing of neighbourhoods has no inverse, so real codes stand in. */
export function pick(points: Points, x: number, y: number, stand: Stand = "Nearest"): Pick {
  const { plane } = points.projection;
  if (plane) {
    const where = `(${number(x)}, ${number(y)})`;
    const label = points.dims <= 2 ? `z = ${where}` : `${points.projection.label} plane at ${where}`;
    return { z: lift(plane, x, y), label, row: null };
  }
  if (stand === "Mean of near") return { z: meanOf(points, x, y), label: `mean of the ${SEVERAL} encodings drawn nearest`, row: null };
  const { row } = nearest(points.xy, 2, [x, y]);
  const z = points.mean.slice(row * points.dims, (row + 1) * points.dims);
  return { z, label: `nearest real encoding, no. ${row}`, row };
}

/** The mean of the codes drawn nearest, each weighted by 1/distance² on the map. */
function meanOf(points: Points, x: number, y: number): Float32Array {
  const near = nearestOf(points.xy, 2, [x, y], SEVERAL);
  const weights = near.map(({ distance }) => 1 / (distance * distance + SPREAD));
  const sum = weights.reduce((a, b) => a + b, 0);
  const z = new Float32Array(points.dims);
  near.forEach(({ row }, i) => {
    for (let j = 0; j < points.dims; j++) z[j] += (weights[i] / sum) * points.mean[row * points.dims + j];
  });
  return z;
}

/** What the map shows under the pointer, in one sentence. */
export function explain(points: Points): string {
  const { label, plane } = points.projection;
  if (plane && points.dims <= 2) return "The pointer decodes anywhere: this plane is the latent space itself.";
  if (plane)
    return `The pointer decodes the ${label} plane, a flat slice through ${points.dims} units: exact there, but most encodings lie off it.`;
  return `${label} has no inverse: the pointer decodes the real encoding that is drawn nearest, or a weighted mean of the near ones.`;
}

/** Where a code belongs on the map: on a plane its foot, on a drawing the encoding nearest in the latent space. */
export function place(points: Points, z: Float32Array): { x: number; y: number; exact: boolean } {
  const { plane } = points.projection;
  if (plane) {
    const { x, y, off } = drop(plane as Plane, z);
    return { x, y, exact: off < 1e-3 };
  }
  const { row, distance } = nearest(points.mean, points.dims, z);
  return { x: points.xy[2 * row], y: points.xy[2 * row + 1], exact: distance < 1e-3 };
}
