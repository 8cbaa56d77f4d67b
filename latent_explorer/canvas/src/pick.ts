/** The code at a point of the map, and the honest name of how it was got. */

import { number } from "./dom";
import { nearest } from "./maths/nearest";
import { drop, lift, type Plane } from "./maths/plane";
import type { Points } from "./points";

export interface Pick {
  z: Float32Array;
  label: string;
  row: number | null; // of the encoding, where the code is one
}

/** Raw units and PCA planes are inverted exactly; a drawing of neighbourhoods has no inverse, so a real code stands in. */
export function pick(points: Points, x: number, y: number): Pick {
  const { plane } = points.projection;
  if (plane) {
    const where = `(${number(x)}, ${number(y)})`;
    const label = points.dims <= 2 ? `z = ${where}` : `${points.projection.label} plane at ${where}`;
    return { z: lift(plane, x, y), label, row: null };
  }
  const { row } = nearest(points.xy, 2, [x, y]);
  const z = points.mean.slice(row * points.dims, (row + 1) * points.dims);
  return { z, label: `nearest real encoding, no. ${row}`, row };
}

/** What the map shows under the pointer, in one sentence. */
export function explain(points: Points): string {
  const { label, plane } = points.projection;
  if (plane && points.dims <= 2) return "The pointer decodes anywhere: this plane is the latent space itself.";
  if (plane)
    return `The pointer decodes the ${label} plane, a flat slice through ${points.dims} units: exact there, but most encodings lie off it.`;
  return `${label} has no inverse: the pointer decodes the real encoding that is drawn nearest.`;
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
