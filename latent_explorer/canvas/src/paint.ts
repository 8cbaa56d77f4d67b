/** Paints float images (C, H, W) in [0, 1] into pixels. */

import { difference } from "./maths/colour";

type PixelColour = (index: number, plane: number) => [number, number, number];

/** Fills a rectangle of ``target``; ``colourOf`` is called with a pixel's index and the number of pixels per channel. */
function fill(target: ImageData, left: number, top: number, width: number, height: number, colourOf: PixelColour): void {
  const plane = width * height;
  for (let y = 0, index = 0; y < height; y++) {
    let out = ((top + y) * target.width + left) * 4;
    for (let x = 0; x < width; x++, index++, out += 4) {
      const [r, g, b] = colourOf(index, plane);
      target.data[out] = r;
      target.data[out + 1] = g;
      target.data[out + 2] = b;
      target.data[out + 3] = 255;
    }
  }
}

/** Paints an image of one or three channels at (left, top); ``offset`` is where it starts in ``image``. */
export function paintImage(target: ImageData, image: ArrayLike<number>, shape: number[], left = 0, top = 0, offset = 0): void {
  const [channels, height, width] = shape;
  fill(target, left, top, width, height, (index, plane) => {
    const r = 255 * image[offset + index];
    return channels === 1 ? [r, r, r] : [r, 255 * image[offset + plane + index], 255 * image[offset + 2 * plane + index]];
  });
}

/** Paints image − anchor, averaged over channels. */
export function paintDifference(target: ImageData, image: ArrayLike<number>, anchor: ArrayLike<number>, shape: number[]): void {
  const [channels, height, width] = shape;
  fill(target, 0, 0, width, height, (index, plane) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += image[c * plane + index] - anchor[c * plane + index];
    return difference(sum / channels);
  });
}
