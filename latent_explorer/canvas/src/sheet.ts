/** A grid of decoded images on one canvas: the newest codes win, and a worker does the work. */

import { Picture } from "./dom";
import { latest } from "./latest";
import { pickRows, putRows, stale, type Rows } from "./maths/stale";
import { paintImage } from "./paint";
import { conditions, type Context } from "./view";

const GAP = 1; // pixels of the image between two cells

export class Sheet {
  readonly picture: Picture;
  images: Float32Array | null = null;
  private readonly redraw: (codes: Float32Array) => void;
  private drawn: { codes: Rows; told: Rows } = { codes: null, told: null };

  constructor(
    private readonly context: Context,
    readonly columns: number,
    readonly rows: number,
    label: string,
    painted: () => void = () => undefined,
    condition: () => Float32Array | null = () => conditions(context.scene, columns * rows),
  ) {
    const [, height, width] = context.model.shape;
    this.picture = new Picture(columns * (width + GAP), rows * (height + GAP), label, "picture sheet");
    this.redraw = latest(async (codes) => {
      const started = performance.now();
      await this.decode(codes, condition());
      this.paint();
      painted();
      this.picture.element.dispatchEvent(new CustomEvent("painted", { detail: performance.now() - started }));
    }, context.failed);
  }

  /** A slider's own row of a traversal does not change while it moves: what is the same is not decoded again. */
  private async decode(codes: Float32Array, told: Rows): Promise<void> {
    const cells = this.columns * this.rows;
    const changed = stale(cells, [[codes, this.drawn.codes], [told, this.drawn.told]]);
    if (!changed.length) return;
    const images = await this.context.batch().decode(pickRows(codes, cells, changed), changed.length, pickRows(told, cells, changed));
    if (!this.images || changed.length === cells) this.images = images;
    else putRows(this.images, images, changed);
    this.drawn = { codes, told };
  }

  /** Codes row by row. */
  show(codes: Float32Array): void {
    this.redraw(codes);
  }

  image(cell: number): Float32Array {
    const size = this.images!.length / (this.columns * this.rows);
    return this.images!.subarray(cell * size, (cell + 1) * size);
  }

  cellAt(event: MouseEvent): number {
    const box = this.picture.element.getBoundingClientRect();
    const within = (share: number, cells: number) => Math.min(cells - 1, Math.max(0, Math.floor(share * cells)));
    const row = within((event.clientY - box.top) / box.height, this.rows);
    return row * this.columns + within((event.clientX - box.left) / box.width, this.columns);
  }

  private paint(): void {
    const { shape } = this.context.model;
    for (let i = 0; i < this.columns * this.rows; i++) {
      const [row, column] = [Math.floor(i / this.columns), i % this.columns];
      paintImage(this.picture.data, this.image(i), shape, column * (shape[2] + GAP), row * (shape[1] + GAP));
    }
    this.picture.show();
  }
}
