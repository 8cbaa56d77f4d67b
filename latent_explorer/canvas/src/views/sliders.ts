/** A slider per unit, the busiest first; behind each, where the encodings are. */

import { h, number, panel, toggle } from "../dom";
import { histogram } from "../maths/density";
import { livingUnits, orderedUnits, type Unit } from "../points";
import type { Context, View } from "../view";

const BINS = 48;

export function sliders(context: Context): View {
  const { scene, points, model, reach } = context;
  const units = orderedUnits(points, model.latentDim);
  const rows = new Map<number, (value: number) => void>();
  const most = Math.max(...units.map((unit) => unit.kl ?? 0), 1e-9);
  const make = (unit: Unit) => row(context, unit, most, (show) => rows.set(unit.index, show));

  const living = livingUnits(points, model.latentDim);
  const dead = units.filter((unit) => !living.some(({ index }) => index === unit.index));
  const hint = points
    ? `Range ±${reach} prior σ; sorted by KL, the shades are real encodings. Double click resets a unit, arrow keys move it.`
    : `Range ±${reach} prior σ. Double click resets a unit, arrow keys move it.`;
  const element = panel("sliders", "Units", hint, h("div", { class: "rows" }, ...living.map(make)));
  if (dead.length) {
    const names = dead.length === 1 ? "1 unit is" : `${dead.length} units are`;
    element.append(
      h(
        "details",
        {},
        h("summary", {}, `${names} switched off: the posterior's mean varies by less than 0.01 over the data`),
        h("div", { class: "rows" }, ...dead.map(make)),
      ),
    );
  }
  const show = () => rows.forEach((set, unit) => set(scene.z[unit]));
  show();
  return { element, close: scene.on((change) => change === "code" && show()) };
}

function row({ scene, points, reach }: Context, unit: Unit, most: number, keep: (show: (value: number) => void) => void) {
  const name = `z${unit.index + 1}`;
  const about = unit.kl === null ? `Unit ${name}` : `Unit ${name}, KL ${number(unit.kl)} nats`;
  const output = h("output", {});
  const input = h("input", {
    type: "range",
    min: -reach,
    max: reach,
    step: 0.01,
    "aria-label": about,
    oninput: () => scene.moveUnit(unit.index, input.valueAsNumber),
    onchange: () => scene.release(),
    ondblclick: () => scene.jump(Float32Array.from(scene.z, (z, j) => (j === unit.index ? 0 : z))),
    onkeydown: ((event: KeyboardEvent) => step(event)) as EventListener,
  });
  /** Arrow keys in tenths of σ: hundredths are for the pointer. */
  const step = (event: KeyboardEvent) => {
    const sign = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!sign) return;
    event.preventDefault();
    const value = scene.z[unit.index] + sign * (event.shiftKey ? 0.01 : 0.1);
    scene.moveUnit(unit.index, Math.min(reach, Math.max(-reach, value)));
  };
  input.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && scene.release());
  const lock = toggle("", `Lock ${name}: resampling and jumps leave it`, false, (on) => {
    if (on) scene.locked.add(unit.index);
    else scene.locked.delete(unit.index);
    input.disabled = on;
  });
  lock.classList.add("lock");
  lock.setAttribute("aria-label", `Lock ${name}`);
  keep((value) => {
    input.value = String(value);
    input.setAttribute("aria-valuetext", `${number(value)} σ`);
    output.textContent = number(value);
    const at = Math.min(1, Math.max(0, (value + reach) / (2 * reach)));
    input.style.setProperty("--from", `${100 * Math.min(at, 0.5)}%`);
    input.style.setProperty("--to", `${100 * Math.max(at, 0.5)}%`);
  });
  const label = h("span", { class: "unit", title: about }, name, kl(unit, most));
  const track = h("div", { class: "slide" }, shades(points && histogram(points.mean, points.dims, unit.index, reach, BINS)), input);
  return h("div", { class: "row" }, label, track, output, lock);
}

/** The unit's KL as a bar beside the largest one. */
function kl(unit: Unit, most: number): HTMLElement {
  const bar = h("i", { class: "kl" });
  if (unit.kl !== null) bar.style.setProperty("--share", String(unit.kl / most));
  else bar.hidden = true;
  return bar;
}

function shades(counts: number[] | null): Node {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${BINS} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  if (!counts) return svg;
  const top = Math.max(...counts, 1);
  const path = document.createElementNS(svg.namespaceURI, "path");
  const outline = counts.map((count, i) => `L${i + 0.5} ${1 - count / top}`).join("");
  path.setAttribute("d", `M0 1${outline}L${BINS} 1Z`);
  svg.append(path);
  return svg;
}
