/** The decoded image beside the pointer, before anything is chosen. */

import { h, Picture } from "../dom";
import { latest } from "../latest";
import { paintImage } from "../paint";
import type { Pick } from "../pick";
import { conditions, type Context } from "../view";

export class Peek {
  readonly element: HTMLElement;
  private readonly picture: Picture;
  private readonly words = h("span", {});
  private readonly decode: (pick: Pick) => void;
  private wanted = false;

  constructor({ model, scene, hand, failed }: Context) {
    this.picture = new Picture(model.shape[2], model.shape[1], "Decoded under the pointer");
    this.element = h("div", { class: "card peek", hidden: true }, this.picture.element, this.words);
    this.decode = latest(async (pick: Pick) => {
      paintImage(this.picture.data, await hand.decode(pick.z, 1, conditions(scene, 1)), model.shape);
      this.picture.show();
      this.element.hidden = !this.wanted;
      this.element.dispatchEvent(new CustomEvent("painted"));
    }, failed);
  }

  show(pick: Pick, px: number, py: number, width: number): void {
    this.wanted = true;
    this.words.textContent = pick.label;
    const left = px < width / 2;
    this.element.style.cssText = `top:${py + 14}px;${left ? `left:${px + 14}px` : `right:${width - px + 14}px`}`;
    this.decode(pick);
  }

  hide(): void {
    this.wanted = false;
    this.element.hidden = true;
  }
}
