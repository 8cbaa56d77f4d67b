/** What the points' colours mean, and the colours themselves. */

import { h, number } from "../dom";
import { CLASSES, css, viridis } from "../maths/colour";
import type { Colour } from "../points";

const GREY = 140;

/** RGBA per point; what is not selected greys, and never vanishes. */
export function tints(colour: Colour | null, n: number, selection: Uint32Array | null): Uint8Array {
  const rgba = new Uint8Array(4 * n);
  const alpha = n > 200_000 ? 110 : n > 20_000 ? 170 : 215;
  const [low, high] = colour && !colour.classes ? extent(colour.values) : [0, 1];
  const table = Array.from({ length: 256 }, (_, i) => viridis(i / 255));
  for (let i = 0; i < n; i++) {
    const value = colour?.values[i] ?? 0;
    const tint = !colour || colour.classes ? CLASSES[value % CLASSES.length] : table[Math.round((255 * (value - low)) / (high - low))];
    rgba.set(tint, 4 * i);
    rgba[4 * i + 3] = alpha;
  }
  if (!selection) return rgba;
  const kept = new Uint8Array(n);
  for (const row of selection) kept[row] = 1;
  for (let i = 0; i < n; i++) if (!kept[i]) rgba.set([GREY, GREY, GREY, Math.round(alpha / 3.5)], 4 * i);
  return rgba;
}

export function legend(colour: Colour | null): HTMLElement {
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
  return h("div", { class: "legend" }, number(low), bar, number(high));
}

function extent(values: ArrayLike<number>): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (let i = 0; i < values.length; i++) {
    if (values[i] < low) low = values[i];
    if (values[i] > high) high = values[i];
  }
  return high > low ? [low, high] : [low, low + 1];
}
