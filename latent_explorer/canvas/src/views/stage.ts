/** The image of the current code, what made it, and whether it is to be trusted. */

import { button, h, Picture } from "../dom";
import { paintImage } from "../paint";
import type { Context, View } from "../view";
import { gauge } from "./gauge";

export function stage(context: Context): View {
  const { scene, model, points } = context;
  const [, height, width] = model.shape;
  const picture = new Picture(width, height, `Decoded image, ${context.caption}`, "picture main");

  const actions = h(
    "div",
    { class: "actions", role: "group", "aria-label": "Code" },
    button("Resample", "Draw a code from the prior; locked units stay", () => scene.jump(context.prior.sample())),
    button("Reset", "Back to the centre of the prior; locked units stay", () => scene.jump(new Float32Array(scene.dims))),
  );
  if (points)
    actions.append(
      button("Real image", "Jump to the encoding of a real image; locked units stay", () => {
        const row = Math.floor(Math.random() * points.n);
        scene.jump(points.mean.subarray(row * points.dims, (row + 1) * points.dims));
      }),
    );
  const figure = h("figure", {}, picture.element, h("figcaption", {}, context.caption));
  const off = scene.on((change) => {
    if (change !== "image" || !scene.image) return;
    paintImage(picture.data, scene.image, model.shape);
    picture.show();
  });
  const element = h("div", { class: "stage" }, figure, h("div", { class: "facts" }, gauge(context).element, actions));
  return { element, close: off };
}
