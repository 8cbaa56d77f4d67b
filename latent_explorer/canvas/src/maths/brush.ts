/** A soft, round brush for small images. */

/** Blends ``colour`` into the image (C, H, W) along a line from one position to another; its edge is one pixel wide. */
export function paintStroke(
  image: Float32Array,
  [channels, height, width]: number[],
  from: [number, number],
  to: [number, number],
  colour: number[],
  radius: number,
): void {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = dx * dx + dy * dy;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [px, py] = [x + 0.5 - from[0], y + 0.5 - from[1]];
      const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
      const cover = Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(px - along * dx, py - along * dy)));
      if (!cover) continue;
      for (let c = 0; c < channels; c++) {
        const index = (c * height + y) * width + x;
        image[index] += (colour[c] - image[index]) * cover;
      }
    }
}
