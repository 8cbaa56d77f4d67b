/** Between codes: what lies on the way, and how many real encodings are near each step. */

import { button, choice, h, panel } from "../dom";
import { between, concat, path as codesOf } from "../maths/codes";
import { countWithin } from "../maths/nearest";
import { closeness } from "../near";
import { Sheet } from "../sheet";
import type { Context, View } from "../view";

const STEPS = 9;
const MOST = 6; // stops
type Kind = "Linear" | "Spherical";

export function path(context: Context): View {
  const { scene, points } = context;
  let kind: Kind = "Spherical";
  const rows = h("div", { class: "strips" });
  const count = h("span", { role: "status" });
  const slider = h("input", {
    type: "range",
    min: 0,
    max: 1,
    step: 0.001,
    value: 0,
    "aria-label": "Along the path",
    oninput: () => walk(slider.valueAsNumber),
    onchange: () => scene.release(),
  });
  const track = h("div", { class: "slide", hidden: true }, slider);

  function walk(share: number): void {
    slider.style.setProperty("--from", "0%");
    slider.style.setProperty("--to", `${100 * share}%`);
    const at = share * (scene.stops.length - 1);
    const leg = Math.min(scene.stops.length - 2, Math.floor(at));
    scene.move(between(scene.stops[leg], scene.stops[leg + 1], at - leg, kind === "Spherical"));
  }

  function strip(from: Float32Array, to: Float32Array, letters: string): HTMLElement {
    const codes = codesOf([from, to], STEPS, kind === "Spherical");
    const sheet = new Sheet(context, STEPS, 1, `From ${letters[0]} to ${letters[1]}`);
    sheet.show(concat(codes));
    sheet.picture.element.addEventListener("click", (event) => scene.jump(codes[sheet.cellAt(event)]));
    const numbers = h("div", { class: "columns" });
    if (points) {
      const { band } = closeness(points);
      const counts = codes.map((z) => countWithin(points.mean, points.dims, z, band.high));
      const most = Math.max(...counts, 1);
      numbers.append(...counts.map((n) => h("span", { style: `--share:${n / most}` }, n.toLocaleString("en"))));
    }
    return h("div", { class: "strip" }, h("b", {}, `${letters[0]} → ${letters[1]}`), h("div", {}, sheet.picture.element, numbers));
  }

  const show = () => {
    const { stops } = scene;
    const letter = (i: number) => String.fromCharCode(65 + i);
    rows.replaceChildren(...stops.slice(1).map((stop, i) => strip(stops[i], stop, letter(i) + letter(i + 1))));
    track.hidden = stops.length < 2;
    add.disabled = stops.length === MOST;
    clear.disabled = !stops.length;
    count.textContent =
      stops.length === 1 ? "A is set: move the code and add B." : stops.length ? "" : "Add the current code, move it, add it again.";
  };
  const add = button("Add the current code", "The path goes on to the code under the hand", () => scene.setStops([...scene.stops, scene.z.slice()]));
  const clear = button("Clear", "Forget the path", () => scene.setStops([]));
  const kinds = choice<Kind>("Interpolation", ["Linear", "Spherical"], kind, (next) => {
    kind = next;
    show();
  });
  const near = points ? ` Numbers count the real encodings within ${closeness(points).band.high.toFixed(2)}, as near as 95 % have a neighbour.` : "";
  const hint = `Spherical keeps ‖z‖ typical of the prior, linear passes nearer the centre.${near}`;
  const element = panel("path", "Path", hint, h("div", { class: "tools" }, add, clear, kinds, count), track, rows, h("p", { class: "caption" }, context.caption));
  show();
  return { element, close: scene.on((change) => (change === "stops" || change === "condition") && show()) };
}
