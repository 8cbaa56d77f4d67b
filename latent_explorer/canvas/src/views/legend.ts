/** The colours of the points, and their legend. */

import { h, formatNumber } from "../dom";
import { CLASSES, css, viridis, type Rgb } from "../maths/colour";
import type { Colour } from "../points";

const GREY = 140;

/** RGBA of each point. Points outside the selection are grey, and stay visible. */
export function pointColours(colour: Colour | null, n: number, selection: Uint32Array | null): Uint8Array {
  const rgba = new Uint8Array(4 * n);
  const pixels = new Uint32Array(rgba.buffer); // one write per point: a million points are coloured at once
  const alpha = n > 200_000 ? 110 : n > 20_000 ? 170 : 215;
  const shades = !colour || colour.classes ? CLASSES : Array.from({ length: 256 }, (_, i) => viridis(i / 255));
  const table = Uint32Array.from(shades, (shade) => packColour(shade, alpha));
  if (!colour) pixels.fill(table[0]);
  else if (colour.classes) for (let i = 0; i < n; i++) pixels[i] = table[colour.values[i] % table.length];
  else {
    const [low, high] = extent(colour.values);
    for (let i = 0; i < n; i++) pixels[i] = table[Math.round((255 * (colour.values[i] - low)) / (high - low))];
  }
  if (!selection) return rgba;
  const selected = new Uint8Array(n);
  for (const row of selection) selected[row] = 1;
  const grey = packColour([GREY, GREY, GREY], Math.round(alpha / 3.5));
  for (let i = 0; i < n; i++) if (!selected[i]) pixels[i] = grey;
  return rgba;
}

/** A colour as the four bytes of one number. */
function packColour(shade: Rgb, alpha: number): number {
  return new Uint32Array(Uint8Array.of(...shade, alpha).buffer)[0];
}

/** The names of the classes, or the range of a continuous value. */
export function legendOf(colour: Colour | null): HTMLElement {
  if (!colour) return h("div", { class: "legend" });
  if (colour.classes)
    return h(
      "div",
      { class: "legend" },
      ...colour.classes.map((name, i) => {
        const swatch = h("i", { style: `background:${css(CLASSES[i % CLASSES.length])}` });
        return h("span", {}, swatch, name);
      }),
    );
  const [low, high] = extent(colour.values);
  const ramp = Array.from({ length: 9 }, (_, i) => css(viridis(i / 8))).join(",");
  const bar = h("i", { class: "ramp", style: `background:linear-gradient(90deg,${ramp})` });
  return h("div", { class: "legend" }, formatNumber(low), bar, formatNumber(high));
}

/** The smallest and the largest value. */
function extent(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return high > low ? [low, high] : [low, low + 1];
}
