/** One canvas on the page: opens the networks, builds the views, keeps them on one code. */

import { openBatch } from "./batch";
import { openDecoder, openEncoder, type Decoder } from "./decoder";
import { h } from "./dom";
import { latest, painted, perFrame } from "./latest";
import type { Points } from "./points";
import { priorOf } from "./prior";
import { Registry } from "./registry";
import { bitset, rowsOf, Scene } from "./scene";
import { recall, remember } from "./scenes";
import { untold } from "./told";
import type { Mode, Model, SceneData, Tell } from "./types";
import { conditions, type Context, type View } from "./view";
import { condition } from "./views/condition";
import { draw } from "./views/draw";
import { map } from "./views/map";
import { matrix } from "./views/matrix";
import { pad } from "./views/pad";
import { path } from "./views/path";
import { sliders } from "./views/sliders";
import { stage } from "./views/stage";

export const decoders = new Registry<{ onnx: Uint8Array | null; prior: Float32Array | null }>();
export const encoders = new Registry<Uint8Array>();
export const clouds = new Registry<Points>();

const opened = new Map<string, Promise<Decoder>>(); // a session takes longer to open than anything else here

type Builder = (context: Context, points: Points | null) => View | null;
const VIEWS: Record<Mode, Builder> = {
  sliders,
  matrix,
  map: (context, points) => points && map(context, points),
  pad,
  path,
  draw,
  condition,
};

export class Canvas {
  readonly element = h("div", { class: "canvas", "aria-busy": "true" });
  readonly frames: number[] = []; // milliseconds of decode and paint, for benchmarks
  private readonly notice = h("p", { class: "notice", role: "alert", hidden: true });
  private views: View[] = [];
  private scene: Scene;
  private batch: Decoder | null = null;
  private closed = false;
  private lost = false;
  private given: { condition: string; selection: string | null } = { condition: "null", selection: null };
  hand: Decoder | null = null;

  constructor(
    private data: SceneData,
    private readonly tell: Tell,
  ) {
    const { model } = data;
    const told = { z: "", selection: null as Uint32Array | null, condition: "" };
    this.scene = new Scene(model.latentDim, untold(model), (scene) => {
      this.keep();
      const z = JSON.stringify(Array.from(scene.z));
      const condition = JSON.stringify(scene.condition && Array.from(scene.condition));
      if (scene.selection !== told.selection) tell("selection", scene.selection && bitset(scene.selection, this.points!.n));
      if (condition !== told.condition && told.condition) tell("condition", scene.condition && Array.from(scene.condition));
      if (z !== told.z) tell("z", Array.from(scene.z));
      Object.assign(told, { z, condition, selection: scene.selection });
    });
    told.condition = JSON.stringify(this.scene.condition && Array.from(this.scene.condition));
    const memory = recall(data.key);
    if (memory?.z.length === model.latentDim) this.scene.z = memory.z;
    if (memory?.condition && memory.condition.length === this.scene.condition?.length) this.scene.condition = memory.condition;
    told.z = JSON.stringify(Array.from(this.scene.z));
    this.element.append(this.notice, h("p", { class: "loading" }, "Opening the decoder …"));
    this.follow(data);
    void this.open();
  }

  private points: Points | null = null;

  /** What a rerun may change without rebuilding anything. */
  follow(data: SceneData): void {
    this.data = data;
    const given = JSON.stringify(data.z);
    if (data.z && given !== recall(data.key)?.given) {
      this.scene.move(data.z);
      this.keep(given);
    }
    const condition = JSON.stringify(data.condition);
    if (data.condition?.length === this.scene.condition?.length && data.condition && condition !== this.given.condition) {
      this.scene.setCondition(Float32Array.from(data.condition));
      this.given.condition = condition;
    }
    if (this.points && data.selection !== this.given.selection) {
      this.given.selection = data.selection;
      if (data.selection !== null) this.scene.select(data.selection ? rowsOf(data.selection, this.points.n) : null);
    }
    if (data.fallback && !this.hand) {
      this.scene.image = Float32Array.from(data.fallback);
      this.scene.emit("image");
    }
  }

  private keep(given = recall(this.data.key)?.given ?? ""): void {
    remember(this.data.key, { z: this.scene.z, condition: this.scene.condition, given });
  }

  private async open(): Promise<void> {
    const { model, points, encoder } = this.data;
    const [{ onnx, prior }, cloud, encoding] = await Promise.all([
      decoders.get(model.key),
      points ? clouds.get(points) : null,
      encoder ? encoders.get(model.key) : null,
    ]);
    if (this.closed) return;
    this.points = cloud;
    const opening = opened.get(model.key) ?? this.openHand(model, onnx);
    let encode: ReturnType<typeof openEncoder> | null = null;
    const context: Context = {
      model,
      prior: priorOf(model.latentDim, prior),
      points: cloud,
      scene: this.scene,
      reach: this.data.reach,
      // the views are there at once: a map shows its points while the decoder is still opening
      hand: { decode: async (...codes) => (await opening).decode(...codes), close: () => undefined },
      batch: () => (this.batch ??= openBatch(onnx!)),
      encode: encoding && (async (image) => (await (encode ??= openEncoder(encoding, model.shape)))(image, this.scene.condition)),
      tell: this.tell,
      failed: (error) => this.failed(error),
      caption: `${model.name} · step ${model.step.toLocaleString("en")}`,
    };
    if (onnx) this.build(context, this.data.modes);
    this.follow(this.data); // a selection can be shown now that its points are here
    try {
      this.hand = await opening;
      this.followHand(context);
    } catch (error) {
      opened.delete(model.key);
      this.lose(error, context);
    }
    this.element.setAttribute("aria-busy", "false");
    if (this.closed) this.views.forEach((view) => view.close?.());
  }

  private openHand(model: Model, bytes: Uint8Array | null): Promise<Decoder> {
    if (!bytes) return Promise.reject(new Error(model.serverOnly ?? "there is none"));
    // the first one starts the runtime, a second of work; later ones are open at once
    const opening = (opened.size ? Promise.resolve() : painted()).then(() => openDecoder(bytes));
    opened.set(model.key, opening);
    return opening;
  }

  private build(context: Context, modes: Mode[]): void {
    this.views.forEach((view) => view.close?.());
    this.views = [];
    const main = h("div", { class: "panels" });
    this.views.push(stage(context));
    for (const mode of modes) {
      const view = VIEWS[mode](context, this.points);
      if (!view) continue;
      this.views.push(view);
      main.append(view.element);
    }
    this.element.replaceChildren(this.notice, this.views[0].element, main);
  }

  /** One decode per painted frame, of the newest code. */
  private followHand({ hand }: Context): void {
    const decode = latest(async (started: number) => {
      this.scene.image = await hand.decode(this.scene.z, 1, conditions(this.scene, 1));
      this.scene.emit("image");
      if (this.frames.push(performance.now() - started) > 600) this.frames.shift();
    }, (error) => this.failed(error));
    const frame = perFrame<void>(() => decode(performance.now()));
    this.scene.on((change) => (change === "code" || change === "condition") && frame());
    frame();
  }

  private failed(error: unknown): void {
    if (!this.closed && !this.lost) this.say(error, (why) => `Something cannot be shown: ${why}.`);
  }

  /** The decoder does not open here: sliders stay, and Python decodes what they are left at. */
  private lose(error: unknown, context: Context): void {
    this.lost = true;
    const why = this.say(error, (why) => `The decoder does not run in this browser (${why}); the server decodes when you let go.`);
    this.build(context, this.data.modes.filter((mode) => mode === "sliders"));
    this.tell("failure", why);
  }

  private say(error: unknown, sentence: (why: string) => string): string {
    const why = String((error as Error)?.message ?? error);
    console.warn(error);
    this.notice.textContent = sentence(why);
    this.notice.hidden = false;
    return why;
  }

  close(): void {
    this.closed = true;
    this.keep();
    this.views.forEach((view) => view.close?.());
    this.batch?.close();
  }
}
