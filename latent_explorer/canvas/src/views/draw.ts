/** An image of your own, encoded here: its posterior, its reconstruction, and other codes under the same image. */

import { button, h, number, panel, Picture } from "../dom";
import { latest } from "../latest";
import { dab } from "../maths/brush";
import { hex } from "../maths/colour";
import { gaussian } from "../maths/prior";
import { paintImage } from "../paint";
import { livingUnits, type Points } from "../points";
import type { Context, View } from "../view";

const EXAMPLES = 12;

export function draw(context: Context): View | null {
  const { scene, model, points, encode } = context;
  if (!encode) return null;
  const [channels, height, width] = model.shape;
  const image = new Float32Array(channels * height * width);
  const input = new Picture(width, height, "Input image: draw here", "picture input");
  const surface = input.element;
  const ink = h("input", { type: "color", value: "#ffffff", "aria-label": "Colour of the brush" });

  const read = latest(async (final: boolean) => {
    const posterior = await encode(image);
    scene.setPosterior(posterior);
    scene.move(posterior.mean);
    if (final) scene.release();
  }, context.failed);
  const changed = (final: boolean) => {
    paintImage(input.data, image, model.shape);
    input.show();
    read(final);
  };

  let last: [number, number] | null = null;
  const stroke = (event: PointerEvent) => {
    const box = surface.getBoundingClientRect();
    const at: [number, number] = [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
    dab(image, model.shape, last ?? at, at, hex(ink.value).map((c) => c / 255), width / 20);
    last = at;
    changed(false);
  };
  surface.addEventListener("pointerdown", (event) => {
    surface.setPointerCapture(event.pointerId);
    stroke(event);
  });
  surface.addEventListener("pointermove", (event) => event.buttons && stroke(event));
  surface.addEventListener("pointerup", () => {
    last = null;
    read(true);
  });

  const clear = button("Clear", "An empty image", () => {
    image.fill(0);
    changed(true);
  });
  const resample = button("Resample z", "Another code from this image's posterior", () => {
    const { posterior } = scene;
    if (posterior) scene.jump(posterior.mean.map((m, j) => m + posterior.std[j] * gaussian()));
  });
  const mean = button("Mean", "The posterior's mean", () => scene.posterior && scene.jump(scene.posterior.mean));
  resample.disabled = mean.disabled = true;
  const picks = h("div", { class: "picks", role: "group", "aria-label": "Real images" });
  if (points?.examples)
    for (let i = 0; i < Math.min(EXAMPLES, points.examples.values.length / image.length); i++)
      picks.append(
        example(points, i, model.shape, (pixels) => {
          image.set(pixels);
          changed(true);
        }),
      );

  const result = new Picture(width, height, `Reconstruction, ${context.caption}`);
  const spread = h("div", { class: "spread" });
  const off = scene.on((change) => {
    if (change === "posterior" && scene.posterior) {
      resample.disabled = mean.disabled = false;
      spread.replaceChildren(...intervals(context, scene.posterior));
    }
    if (change !== "image" || !scene.image) return;
    paintImage(result.data, scene.image, model.shape);
    result.show();
  });
  paintImage(input.data, image, model.shape);
  input.show();
  const pair = h(
    "div",
    { class: "pair" },
    h("figure", {}, surface, h("figcaption", {}, points?.examples ? "input: draw, or pick one below" : "input: draw here")),
    h("figure", {}, result.element, h("figcaption", {}, `decoded from z · ${context.caption}`)),
    spread,
  );
  const tools = h("div", { class: "tools" }, clear, resample, mean, channels === 3 ? ink : null);
  const hint = "The encoder runs here too: the red ellipse on a map is the input's posterior, the bars are its mean ± σ per unit.";
  return { element: panel("draw", "Draw", hint, tools, pair, picks), close: off };
}

function example(points: Points, i: number, shape: number[], take: (pixels: Float32Array) => void): HTMLElement {
  const size = shape.reduce((a, b) => a * b, 1);
  const pixels = Float32Array.from(points.examples!.values.subarray(i * size, (i + 1) * size), (v) => v / 255);
  const thumb = new Picture(shape[2], shape[1], `Real image ${i + 1}`);
  paintImage(thumb.data, pixels, shape);
  thumb.show();
  const pick = button("", `Encode real image ${i + 1}`, () => take(pixels));
  pick.append(thumb.element);
  pick.setAttribute("aria-label", pick.title);
  return pick;
}

function intervals({ model, points, reach }: Context, { mean, std }: { mean: Float32Array; std: Float32Array }): HTMLElement[] {
  const share = (value: number) => 100 * Math.min(1, Math.max(0, (value + reach) / (2 * reach)));
  return livingUnits(points, model.latentDim)
    .slice(0, 12)
    .map(({ index }) => {
      const [from, to] = [share(mean[index] - std[index]), share(mean[index] + std[index])];
      const bar = h("i", { style: `left:${from}%;width:${Math.max(1, to - from)}%` });
      return h("div", {}, h("b", {}, `z${index + 1}`), h("span", {}, bar), `${number(mean[index])} ± ${number(std[index])}`);
    });
}
