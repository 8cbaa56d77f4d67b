/** Float images (C, H, W) in [0, 1] to pixels. */

import { difference } from "./maths/colour";

type Pixel = (at: number, plane: number) => [number, number, number];

/** Fills the part of ``target`` that starts at (left, top). */
function fill(target: ImageData, left: number, top: number, width: number, height: number, pixel: Pixel): void {
  const plane = width * height;
  for (let y = 0, at = 0; y < height; y++) {
    let out = ((top + y) * target.width + left) * 4;
    for (let x = 0; x < width; x++, at++, out += 4) {
      const [r, g, b] = pixel(at, plane);
      target.data[out] = r;
      target.data[out + 1] = g;
      target.data[out + 2] = b;
      target.data[out + 3] = 255;
    }
  }
}

export function paintImage(target: ImageData, image: ArrayLike<number>, shape: number[], left = 0, top = 0, offset = 0): void {
  const [channels, height, width] = shape;
  fill(target, left, top, width, height, (at, plane) => {
    const r = 255 * image[offset + at];
    return channels === 1 ? [r, r, r] : [r, 255 * image[offset + plane + at], 255 * image[offset + 2 * plane + at]];
  });
}

/** image − anchor, averaged over channels. */
export function paintDifference(target: ImageData, image: ArrayLike<number>, anchor: ArrayLike<number>, shape: number[]): void {
  const [channels, height, width] = shape;
  fill(target, 0, 0, width, height, (at, plane) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += image[c * plane + at] - anchor[c * plane + at];
    return difference(sum / channels);
  });
}
