/** A path through chosen codes: the images on the way, and how many real encodings are near each step. */

import { measureCloseness } from "../closeness";
import { button, buttonGroup, h, panel } from "../dom";
import { ImageGrid } from "../imageGrid";
import { concatCodes, interpolate, pathCodes } from "../maths/codes";
import { countWithin } from "../maths/nearest";
import type { Context, View } from "../viewContext";

const STEPS = 9; // images per strip
const MAX_STOPS = 6;
type Interpolation = "Linear" | "Spherical";

export function pathView(context: Context): View {
  const { scene, points } = context;
  let interpolation: Interpolation = "Spherical";

  // the slider along the path
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.001,
    value: 0,
    "aria-label": "Along the path",
    oninput: () => moveAlong(slider.valueAsNumber),
    onchange: () => scene.release(),
  });
  const track = h("div", { class: "slide", hidden: true }, slider);
  function moveAlong(share: number): void {
    slider.style.setProperty("--from", "0%");
    slider.style.setProperty("--to", `${100 * share}%`);
    const position = share * (scene.stops.length - 1);
    const leg = Math.min(scene.stops.length - 2, Math.floor(position));
    scene.moveTo(interpolate(scene.stops[leg], scene.stops[leg + 1], position - leg, interpolation === "Spherical"));
  }

  /** The images from one stop to the next, with the number of encodings near each. */
  function strip(from: Float32Array, to: Float32Array, letters: string): HTMLElement {
    const codes = pathCodes([from, to], STEPS, interpolation === "Spherical");
    const images = new ImageGrid(context, STEPS, 1, `From ${letters[0]} to ${letters[1]}`);
    images.show(concatCodes(codes));
    images.picture.element.addEventListener("click", (event) => scene.jumpTo(codes[images.cellAt(event)]));
    const numbers = h("div", { class: "columns" });
    if (points) {
      const { band } = measureCloseness(points);
      const counts = codes.map((z) => countWithin(points.mean, points.dims, z, band.high));
      const max = Math.max(...counts, 1);
      numbers.append(...counts.map((n) => h("span", { style: `--share:${n / max}` }, n.toLocaleString("en"))));
    }
    return h("div", { class: "strip" }, h("b", {}, `${letters[0]} → ${letters[1]}`), h("div", {}, images.picture.element, numbers));
  }

  // the stops and their buttons
  const strips = h("div", { class: "strips" });
  const status = h("span", { role: "status" });
  const show = () => {
    const { stops } = scene;
    const letter = (i: number) => String.fromCharCode(65 + i);
    strips.replaceChildren(...stops.slice(1).map((stop, i) => strip(stops[i], stop, letter(i) + letter(i + 1))));
    track.hidden = stops.length < 2;
    add.disabled = stops.length === MAX_STOPS;
    clear.disabled = !stops.length;
    status.textContent =
      stops.length === 1 ? "A is set: move the code and add B." : stops.length ? "" : "Add the current code, move it, then add it again.";
  };
  const add = button("Add the current code", "Extend the path to the current code", () => scene.setStops([...scene.stops, scene.z.slice()]));
  const clear = button("Clear", "Remove all codes from the path", () => scene.setStops([]));
  const choice = buttonGroup<Interpolation>("Interpolation", ["Linear", "Spherical"], interpolation, (selected) => {
    interpolation = selected;
    show();
  });

  const counted = points
    ? ` The numbers count real encodings within a distance of ${measureCloseness(points).band.high.toFixed(2)}; 95 % of encodings have a neighbour within it.`
    : "";
  const hint = `Spherical interpolation keeps the length ‖z‖ typical of the prior; linear interpolation passes nearer to the centre.${counted}`;
  const tools = h("div", { class: "tools" }, add, clear, choice, status);
  const element = panel("path", "Path", hint, tools, track, strips, h("p", { class: "caption" }, context.caption));
  show();
  return { element, close: scene.subscribe((change) => (change === "stops" || change === "condition") && show()) };
}
