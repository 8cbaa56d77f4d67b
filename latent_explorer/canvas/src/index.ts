/** The component's entry point. Streamlit calls ``mount`` with packed bytes or with a scene, again on every change; it calls the
 * returned function once, when the element is removed. */

import { Canvas, decoders, encoders, pointSets } from "./canvas";
import { readPoints } from "./points";
import type { ReportState, SceneData } from "./protocol";
import style from "./style.css?inline";
import { unpack } from "./unpack";

interface Arguments {
  data: SceneData | Uint8Array | ArrayBuffer;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue: ReportState;
}

/** The contents of one element; it is rebuilt where ``identity`` changes. */
interface Mounted {
  identity: string;
  canvas?: Canvas;
  unpin?: () => void;
}

const mounted = new WeakMap<Node, Mounted>();

export default function mount({ data, parentElement, setStateValue }: Arguments): () => void {
  if (data instanceof Uint8Array) receiveArrays(data, parentElement);
  else if (data instanceof ArrayBuffer) receiveArrays(new Uint8Array(data), parentElement);
  else showScene(data, parentElement, setStateValue);
  return () => {
    const here = mounted.get(parentElement);
    here?.canvas?.close();
    here?.unpin?.();
    here?.canvas?.element.remove();
    mounted.delete(parentElement);
  };
}

/** Puts a packed decoder, encoder or set of points into its registry. Nothing is drawn. */
function receiveArrays(bytes: Uint8Array, parent: Node): void {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const { kind, key } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const identity = `${kind} ${key}`;
  const before = mounted.get(parent);
  const registry = { decoder: decoders, encoder: encoders, points: pointSets }[kind as "decoder" | "encoder" | "points"];
  if (before?.identity === identity && registry.has(key)) return;
  before?.unpin?.();
  mounted.set(parent, { identity, unpin: registry.pin(key) });
  const packed = unpack(bytes);
  const array = <T>(name: string) => (packed.arrays.get(name)?.values ?? null) as T;
  if (kind === "points") pointSets.put(key, readPoints(packed));
  else if (kind === "encoder") encoders.put(key, array("onnx"));
  else decoders.put(key, { onnx: array("onnx"), prior: array("prior") });
}

/** Builds a canvas, or updates the one that is there where nothing requires a new one. */
function showScene(data: SceneData, parent: HTMLElement | ShadowRoot, reportState: ReportState): void {
  const identity = JSON.stringify([data.key, data.model, data.encoder, data.points, data.modes, data.reach]);
  const before = mounted.get(parent);
  if (before?.identity === identity) {
    before.canvas!.update(data);
    return;
  }
  before?.canvas?.close();
  const canvas = new Canvas(data, reportState);
  mounted.set(parent, { identity, canvas });
  const styleElement = document.createElement("style");
  styleElement.textContent = style;
  parent.replaceChildren(styleElement, canvas.element);
  Object.assign(canvas.element, { latentCanvas: canvas }); // for tests, and for exploring in the browser's console
}
