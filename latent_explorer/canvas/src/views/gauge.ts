/** On or off the manifold: the code's length against the prior's, its distance to the nearest encoding against theirs. */

import { h, number } from "../dom";
import { norm, type Band } from "../maths/prior";
import { nearest } from "../maths/nearest";
import { closeness } from "../near";
import type { Context, View } from "../view";

export function verdict(length: number, prior: Band, gap: number | null, near: Band | null): { text: string; good: boolean } {
  const typical = length >= prior.low && length <= prior.high;
  if (gap === null || !near)
    return typical
      ? { text: "of a length typical of the prior", good: true }
      : { text: "longer or shorter than draws from the prior", good: false };
  const beside = gap <= near.high;
  if (beside) return { text: typical ? "on the manifold" : "beside real encodings, though of unusual length", good: true };
  return { text: typical ? "a hole: the prior reaches here, no encoding does" : "off the manifold", good: false };
}

/** A marker on a bar whose expected part is filled. */
class Bar {
  readonly element: HTMLElement;
  private readonly marker = h("span", { class: "marker" });
  private readonly zone = h("span", { class: "zone" });
  private readonly value = h("output", {});
  private top = 1;

  constructor(label: string, title = "") {
    const track = h("div", { class: "track" }, this.zone, this.marker);
    this.element = h("div", { class: "bar", title }, h("div", { class: "row" }, h("span", {}, label), this.value), track);
  }

  band(low: number, high: number): void {
    this.top = high * 1.6;
    this.zone.style.left = `${(100 * low) / this.top}%`;
    this.zone.style.width = `${(100 * (high - low)) / this.top}%`;
  }

  show(value: number): void {
    this.value.textContent = number(value);
    this.marker.style.left = `${Math.min(100, (100 * value) / this.top)}%`;
  }
}

export function gauge({ scene, points, model, prior: { band: prior, normal } }: Context): View {
  const range = `${number(prior.low, 1)}–${number(prior.high, 1)}`;
  const named = normal ? `N(0, I), D = ${model.latentDim},` : "that the model learned";
  const length = new Bar("‖z‖", `95 % of draws from the prior ${named} have a length of ${range}; typical is ${number(prior.typical)}`);
  length.band(prior.low, prior.high);
  const words = h("p", { class: "verdict", role: "status" });
  const element = h("div", { class: "gauge", "aria-label": "On or off the manifold" }, length.element);

  if (points) {
    const distance = new Bar("nearest encoding");
    element.append(distance.element, words);
    const show = () => {
      const { band: near, stride, among } = closeness(points); // with the first image: the map goes before
      distance.element.title = `among ${among.toLocaleString("en")} encodings; 95 % of them have another within ${number(near.high)}`;
      distance.band(0, near.high);
      const gap = nearest(points.mean, points.dims, scene.z, -1, stride).distance;
      distance.show(gap);
      say(verdict(norm(scene.z), prior, gap, near));
    };
    scene.on((change) => change === "image" && show());
  } else {
    element.append(words);
    scene.on((change) => change === "image" && say(verdict(norm(scene.z), prior, null, null)));
  }

  function say({ text, good }: { text: string; good: boolean }): void {
    if (words.textContent === text) return; // a screen reader is told only of changes
    words.textContent = text;
    words.dataset.good = String(good);
  }
  scene.on((change) => change === "image" && length.show(norm(scene.z)));
  return { element };
}
