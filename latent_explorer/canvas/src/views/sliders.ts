/** A slider per unit, the unit with the largest KL first; behind each, a histogram of the encodings. */

import { formatNumber, h, panel, toggle } from "../dom";
import { histogram } from "../maths/density";
import { activeUnits, unitsByKl, type Unit } from "../points";
import type { Context, View } from "../viewContext";

const BINS = 48;

export function slidersView(context: Context): View {
  const { scene, points, model, reach } = context;
  const units = unitsByKl(points, model.latentDim);
  const maxKl = Math.max(...units.map((unit) => unit.kl ?? 0), 1e-9);
  const rows = units.map((unit) => ({ unit, ...sliderRow(context, unit, maxKl) }));
  const active = new Set(activeUnits(points, model.latentDim).map(({ index }) => index));
  const elementsOf = (shown: boolean) => rows.filter(({ unit }) => active.has(unit.index) === shown).map(({ element }) => element);

  const range = `Range ±${reach} σ of the prior.`;
  const order = points ? " Units with the largest KL come first; the grey shapes show where real images are." : "";
  const hint = `${range}${order} Double-click a slider to reset its unit; arrow keys move it.`;
  const element = panel("sliders", "Units", hint, h("div", { class: "rows" }, ...elementsOf(true)));
  const inactive = elementsOf(false);
  if (inactive.length) {
    const count = inactive.length === 1 ? "1 unit is" : `${inactive.length} units are`;
    const summary = h("summary", {}, `${count} inactive: the variance of the posterior mean over the data is at most 0.01`);
    element.append(h("details", {}, summary, h("div", { class: "rows" }, ...inactive)));
  }
  const show = () => rows.forEach((row) => row.show(scene.z[row.unit.index]));
  show();
  return { element, close: scene.subscribe((change) => change === "code" && show()) };
}

/** A unit's row: name and KL, slider over its histogram, value, lock. */
function sliderRow({ scene, points, reach }: Context, unit: Unit, maxKl: number): { element: HTMLElement; show(value: number): void } {
  const name = `z${unit.index + 1}`;
  const title = unit.kl === null ? `Unit ${name}` : `Unit ${name}, KL ${formatNumber(unit.kl)} nats`;
  const output = h("output", {});
  const input = h("input", {
    type: "range",
    min: -reach,
    max: reach,
    step: 0.01,
    "aria-label": title,
    oninput: () => scene.moveUnit(unit.index, input.valueAsNumber),
    onchange: () => scene.release(),
    ondblclick: () => scene.jumpTo(Float32Array.from(scene.z, (z, j) => (j === unit.index ? 0 : z))),
    onkeydown: ((event: KeyboardEvent) => stepByKey(event)) as EventListener,
  });
  /** Arrow keys move by 0.1 σ, with Shift by 0.01 σ. */
  const stepByKey = (event: KeyboardEvent) => {
    const sign = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!sign) return;
    event.preventDefault();
    const value = scene.z[unit.index] + sign * (event.shiftKey ? 0.01 : 0.1);
    scene.moveUnit(unit.index, Math.min(reach, Math.max(-reach, value)));
  };
  input.addEventListener("keyup", (event) => event.key.startsWith("Arrow") && scene.release());

  const lock = toggle("", `Lock ${name}: Resample, Reset and clicks do not change it`, false, (on) => {
    if (on) scene.locked.add(unit.index);
    else scene.locked.delete(unit.index);
    input.disabled = on;
  });
  lock.classList.add("lock");
  lock.setAttribute("aria-label", `Lock ${name}`);

  const label = h("span", { class: "unit", title }, name, klBar(unit, maxKl));
  const shape = histogramShape(points && histogram(points.mean, points.dims, unit.index, reach, BINS));
  const track = h("div", { class: "slide" }, shape, input);
  return {
    element: h("div", { class: "row" }, label, track, output, lock),
    show(value) {
      input.value = String(value);
      input.setAttribute("aria-valuetext", `${formatNumber(value)} σ`);
      output.textContent = formatNumber(value);
      const position = Math.min(1, Math.max(0, (value + reach) / (2 * reach)));
      input.style.setProperty("--from", `${100 * Math.min(position, 0.5)}%`);
      input.style.setProperty("--to", `${100 * Math.max(position, 0.5)}%`);
    },
  };
}

/** The unit's KL as a bar, relative to the largest KL. */
function klBar(unit: Unit, maxKl: number): HTMLElement {
  const bar = h("i", { class: "kl" });
  if (unit.kl !== null) bar.style.setProperty("--share", String(unit.kl / maxKl));
  else bar.hidden = true;
  return bar;
}

function histogramShape(counts: number[] | null): Node {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${BINS} 1`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  if (!counts) return svg;
  const max = Math.max(...counts, 1);
  const path = document.createElementNS(svg.namespaceURI, "path");
  const outline = counts.map((count, i) => `L${i + 0.5} ${1 - count / max}`).join("");
  path.setAttribute("d", `M0 1${outline}L${BINS} 1Z`);
  svg.append(path);
  return svg;
}
