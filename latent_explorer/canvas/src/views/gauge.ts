/** How typical the current code is: its norm against the prior's, its distance to the nearest encoding against theirs. */

import { measureCloseness } from "../closeness";
import { formatNumber, h } from "../dom";
import { norm, type Band } from "../maths/gaussian";
import { nearest } from "../maths/nearest";
import type { Context, View } from "../viewContext";

/** A sentence about a code of norm ``length`` at ``distance`` from the nearest encoding; null where there are no encodings. */
export function verdict(length: number, prior: Band, distance: number | null, closeness: Band | null): { text: string; good: boolean } {
  const typical = length >= prior.low && length <= prior.high;
  if (distance === null || !closeness)
    return typical
      ? { text: "of a length typical of the prior", good: true }
      : { text: "longer or shorter than draws from the prior", good: false };
  if (distance <= closeness.high) return { text: typical ? "on the manifold" : "near real encodings, but of unusual length", good: true };
  return { text: typical ? "a hole: likely under the prior, but no encoding is near" : "off the manifold", good: false };
}

/** A horizontal bar with a marker at the value and a zone of typical values. */
class GaugeBar {
  readonly element: HTMLElement;
  private readonly marker = h("span", { class: "marker" });
  private readonly zone = h("span", { class: "zone" });
  private readonly value = h("output", {});
  private max = 1;

  constructor(label: string, title = "") {
    const track = h("div", { class: "track" }, this.zone, this.marker);
    this.element = h("div", { class: "bar", title }, h("div", { class: "row" }, h("span", {}, label), this.value), track);
  }

  setZone(low: number, high: number): void {
    this.max = high * 1.6;
    this.zone.style.left = `${(100 * low) / this.max}%`;
    this.zone.style.width = `${(100 * (high - low)) / this.max}%`;
  }

  show(value: number): void {
    this.value.textContent = formatNumber(value);
    this.marker.style.left = `${Math.min(100, (100 * value) / this.max)}%`;
  }
}

export function gaugeView({ scene, points, model, prior: { band: prior, normal } }: Context): View {
  const range = `${formatNumber(prior.low, 1)}–${formatNumber(prior.high, 1)}`;
  const priorName = normal ? `N(0, I), D = ${model.latentDim},` : "that the model learned";
  const length = new GaugeBar("‖z‖", `95 % of draws from the prior ${priorName} have a length of ${range}; typical is ${formatNumber(prior.typical)}`);
  length.setZone(prior.low, prior.high);
  const status = h("p", { class: "verdict", role: "status" });
  const element = h("div", { class: "gauge", "aria-label": "On or off the manifold" }, length.element);

  if (points) {
    const distanceBar = new GaugeBar("nearest encoding");
    element.append(distanceBar.element, status);
    const show = () => {
      const { band, stride, compared } = measureCloseness(points); // with the first image, so that the map is drawn before
      distanceBar.element.title = `among ${compared.toLocaleString("en")} encodings; 95 % of them have another within ${formatNumber(band.high)}`;
      distanceBar.setZone(0, band.high);
      const { distance } = nearest(points.mean, points.dims, scene.z, -1, stride);
      distanceBar.show(distance);
      showVerdict(verdict(norm(scene.z), prior, distance, band));
    };
    scene.subscribe((change) => change === "image" && show());
  } else {
    element.append(status);
    scene.subscribe((change) => change === "image" && showVerdict(verdict(norm(scene.z), prior, null, null)));
  }

  function showVerdict({ text, good }: { text: string; good: boolean }): void {
    if (status.textContent === text) return; // a screen reader announces every write
    status.textContent = text;
    status.dataset.good = String(good);
  }
  scene.subscribe((change) => change === "image" && length.show(norm(scene.z)));
  return { element };
}
