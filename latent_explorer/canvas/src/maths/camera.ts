/** The map's camera: from the plane to pixels and back. Both axes have the same scale, so that circles stay circles. */

export interface Camera {
  x: number; // the centre, in the plane's units
  y: number;
  scale: number; // pixels per unit
  width: number;
  height: number;
}

export const toPixel = (c: Camera, x: number, y: number): [number, number] => [
  c.width / 2 + (x - c.x) * c.scale,
  c.height / 2 - (y - c.y) * c.scale,
];

export const toPlane = (c: Camera, px: number, py: number): [number, number] => [
  c.x + (px - c.width / 2) / c.scale,
  c.y - (py - c.height / 2) / c.scale,
];

/** The camera that shows all points, and the prior's 2σ circle around ``ring`` where it is given. */
export function fitCamera(xy: ArrayLike<number>, width: number, height: number, ring: [number, number] | null): Camera {
  let left = ring ? ring[0] - 2 : Infinity;
  let right = ring ? ring[0] + 2 : -Infinity;
  let bottom = ring ? ring[1] - 2 : Infinity;
  let top = ring ? ring[1] + 2 : -Infinity;
  for (let i = 0; i < xy.length; i += 2) {
    if (xy[i] < left) left = xy[i];
    if (xy[i] > right) right = xy[i];
    if (xy[i + 1] < bottom) bottom = xy[i + 1];
    if (xy[i + 1] > top) top = xy[i + 1];
  }
  const span = Math.max((right - left) / width, (top - bottom) / height, 1e-9);
  return { x: (left + right) / 2, y: (bottom + top) / 2, scale: 0.94 / span, width, height };
}

/** Zooms by a factor around a pixel, which keeps its position. */
export function zoomCamera(c: Camera, factor: number, px: number, py: number): Camera {
  const [x, y] = toPlane(c, px, py);
  const scale = c.scale * factor;
  return { ...c, scale, x: x - (px - c.width / 2) / scale, y: y + (py - c.height / 2) / scale };
}

/** Moves the camera by a number of pixels. */
export function panCamera(c: Camera, dx: number, dy: number): Camera {
  return { ...c, x: c.x - dx / c.scale, y: c.y + dy / c.scale };
}
