/** One canvas on the page: opens the networks, builds the views, and keeps all of them on one latent code. */

import { defaultCondition, repeatCondition } from "./condition";
import { openDecoder, openEncoder, type Decoder } from "./decoder";
import { h } from "./dom";
import type { Points } from "./points";
import { createPrior } from "./prior";
import type { Mode, Model, ReportState, SceneData } from "./protocol";
import { Registry } from "./registry";
import { bitsOf, rowsOf, Scene } from "./scene";
import { loadScene, saveScene } from "./sceneMemory";
import { afterPaint, oncePerFrame, runLatest } from "./throttle";
import type { Context, View } from "./viewContext";
import { conditionView } from "./views/condition";
import { drawView } from "./views/draw";
import { mapView } from "./views/map";
import { matrixView } from "./views/matrix";
import { padView } from "./views/pad";
import { pathView } from "./views/path";
import { previewView } from "./views/preview";
import { slidersView } from "./views/sliders";
import { openWorkerDecoder } from "./workerDecoder";

export const decoders = new Registry<{ onnx: Uint8Array | null; prior: Float32Array | null }>();
export const encoders = new Registry<Uint8Array>();
export const pointSets = new Registry<Points>();

const openedDecoders = new Map<string, Promise<Decoder>>(); // opening a decoder is the slowest step, so it is done once

type ViewBuilder = (context: Context, points: Points | null) => View | null;
const VIEWS: Record<Mode, ViewBuilder> = {
  sliders: slidersView,
  matrix: matrixView,
  map: (context, points) => points && mapView(context, points),
  pad: padView,
  path: pathView,
  draw: drawView,
  condition: conditionView,
};

const toJson = (values: Float32Array | null): string => JSON.stringify(values && Array.from(values));

export class Canvas {
  readonly element = h("div", { class: "canvas", "aria-busy": "true" });
  readonly frames: number[] = []; // milliseconds of decoding and painting, for benchmarks
  decoder: Decoder | null = null;
  private readonly notice = h("p", { class: "notice", role: "alert", hidden: true });
  private readonly scene: Scene;
  private points: Points | null = null;
  private views: View[] = [];
  private workerDecoder: Decoder | null = null;
  private closed = false;
  private decoderFailed = false;
  // what Python set last: only a different value moves the scene again
  private lastSet: { condition: string; selection: string | null } = { condition: "null", selection: null };

  constructor(
    private data: SceneData,
    private readonly reportState: ReportState,
  ) {
    const { model } = data;
    const reported = { z: "", selection: null as Uint32Array | null, condition: "" };
    // report what a gesture has changed, once it ends
    this.scene = new Scene(model.latentDim, defaultCondition(model), (scene) => {
      this.saveMemory();
      const [z, condition] = [toJson(scene.z), toJson(scene.condition)];
      if (scene.selection !== reported.selection) reportState("selection", scene.selection && bitsOf(scene.selection, this.points!.n));
      if (condition !== reported.condition && reported.condition) reportState("condition", scene.condition && Array.from(scene.condition));
      if (z !== reported.z) reportState("z", Array.from(scene.z));
      Object.assign(reported, { z, condition, selection: scene.selection });
    });
    reported.condition = toJson(this.scene.condition);
    // continue where the same canvas was left
    const memory = loadScene(data.key);
    if (memory?.z.length === model.latentDim) this.scene.z = memory.z;
    if (memory?.condition && memory.condition.length === this.scene.condition?.length) this.scene.condition = memory.condition;
    reported.z = toJson(this.scene.z);
    this.element.append(this.notice, h("p", { class: "loading" }, "Opening the decoder …"));
    this.update(data);
    void this.open();
  }

  /** Takes over what a rerun can change without building the canvas anew: code, condition, selection, fallback image. */
  update(data: SceneData): void {
    this.data = data;
    const z = JSON.stringify(data.z);
    if (data.z && z !== loadScene(data.key)?.lastSet) {
      this.scene.moveTo(data.z);
      this.saveMemory(z);
    }
    const condition = JSON.stringify(data.condition);
    if (data.condition?.length === this.scene.condition?.length && data.condition && condition !== this.lastSet.condition) {
      this.scene.setCondition(Float32Array.from(data.condition));
      this.lastSet.condition = condition;
    }
    if (this.points && data.selection !== this.lastSet.selection) {
      this.lastSet.selection = data.selection;
      if (data.selection !== null) this.scene.selectRows(data.selection ? rowsOf(data.selection, this.points.n) : null);
    }
    if (data.fallback && !this.decoder) {
      this.scene.image = Float32Array.from(data.fallback);
      this.scene.notify("image");
    }
  }

  /** Ends the canvas; its code and condition stay in memory. */
  close(): void {
    this.closed = true;
    this.saveMemory();
    this.views.forEach((view) => view.close?.());
    this.workerDecoder?.close();
  }

  private saveMemory(lastSet = loadScene(this.data.key)?.lastSet ?? ""): void {
    saveScene(this.data.key, { z: this.scene.z, condition: this.scene.condition, lastSet });
  }

  /** Waits for the networks and points, builds the views, then opens the decoder. */
  private async open(): Promise<void> {
    const { model, points: pointsKey, encoder } = this.data;
    const [{ onnx, prior }, points, encoderBytes] = await Promise.all([
      decoders.get(model.key),
      pointsKey ? pointSets.get(pointsKey) : null,
      encoder ? encoders.get(model.key) : null,
    ]);
    if (this.closed) return;
    this.points = points;
    const opening = openedDecoders.get(model.key) ?? this.startDecoder(model, onnx);
    let openedEncoder: ReturnType<typeof openEncoder> | null = null; // opened on the first drawing
    const context: Context = {
      model,
      prior: createPrior(model.latentDim, prior),
      points,
      scene: this.scene,
      reach: this.data.reach,
      // the views are built at once: a map shows its points while the decoder is still opening
      decoder: { decode: async (...codes) => (await opening).decode(...codes), close: () => undefined },
      workerDecoder: () => (this.workerDecoder ??= openWorkerDecoder(onnx!)),
      encode:
        encoderBytes &&
        (async (image) => (await (openedEncoder ??= openEncoder(encoderBytes, model.shape)))(image, this.scene.condition)),
      reportState: this.reportState,
      reportError: (error) => this.reportError(error),
      caption: `${model.name} · step ${model.step.toLocaleString("en")}`,
    };
    if (onnx) this.buildViews(context, this.data.modes);
    this.update(this.data); // a selection can be shown now, with its points
    try {
      this.decoder = await opening;
      this.decodeOnChange(context);
    } catch (error) {
      openedDecoders.delete(model.key);
      this.useServerDecoder(error, context);
    }
    this.element.setAttribute("aria-busy", "false");
    if (this.closed) this.views.forEach((view) => view.close?.());
  }

  private startDecoder(model: Model, bytes: Uint8Array | null): Promise<Decoder> {
    if (!bytes) return Promise.reject(new Error(model.serverOnly ?? "the model has no decoder for the browser"));
    // the first decoder starts the runtime, about a second of work; later ones open at once
    const opening = (openedDecoders.size ? Promise.resolve() : afterPaint()).then(() => openDecoder(bytes));
    openedDecoders.set(model.key, opening);
    return opening;
  }

  private buildViews(context: Context, modes: Mode[]): void {
    this.views.forEach((view) => view.close?.());
    this.views = [];
    const panels = h("div", { class: "panels" });
    this.views.push(previewView(context));
    for (const mode of modes) {
      const view = VIEWS[mode](context, this.points);
      if (!view) continue;
      this.views.push(view);
      panels.append(view.element);
    }
    this.element.replaceChildren(this.notice, this.views[0].element, panels);
  }

  /** Decodes the newest code once per painted frame. */
  private decodeOnChange({ decoder }: Context): void {
    const decode = runLatest(async (started: number) => {
      this.scene.image = await decoder.decode(this.scene.z, 1, repeatCondition(this.scene.condition, 1));
      this.scene.notify("image");
      if (this.frames.push(performance.now() - started) > 600) this.frames.shift();
    }, (error) => this.reportError(error));
    const decodeNextFrame = oncePerFrame<void>(() => decode(performance.now()));
    this.scene.subscribe((change) => (change === "code" || change === "condition") && decodeNextFrame());
    decodeNextFrame();
  }

  private reportError(error: unknown): void {
    if (!this.closed && !this.decoderFailed) this.showNotice(error, (reason) => `A part of the canvas cannot be shown: ${reason}.`);
  }

  /** Where the decoder does not open in the browser: only sliders stay, and Python decodes the code of each release. */
  private useServerDecoder(error: unknown, context: Context): void {
    this.decoderFailed = true;
    const failure = this.showNotice(
      error,
      (reason) => `The decoder does not run in this browser (${reason}). Instead, the server decodes the image when you release the slider.`,
    );
    this.buildViews(context, this.data.modes.filter((mode) => mode === "sliders"));
    this.reportState("failure", failure);
  }

  /** Shows a sentence above the canvas; returns the error's message. */
  private showNotice(error: unknown, sentence: (reason: string) => string): string {
    const reason = String((error as Error)?.message ?? error);
    console.warn(error);
    this.notice.textContent = sentence(reason);
    this.notice.hidden = false;
    return reason;
  }
}
