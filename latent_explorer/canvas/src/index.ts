/** What Streamlit calls: with packed bytes from a carrier, or with a scene. It calls again on every change, and the function
 * that is returned here only once, when the element goes. */

import { Canvas, clouds, decoders, encoders } from "./canvas";
import { readPoints } from "./points";
import style from "./style.css?inline";
import type { SceneData, Tell } from "./types";
import { unpack } from "./unpack";

interface Arguments {
  data: SceneData | Uint8Array | ArrayBuffer;
  parentElement: HTMLElement | ShadowRoot;
  setStateValue: Tell;
}

interface Mounted {
  identity: string;
  canvas?: Canvas;
  unpin?: () => void;
}

const mounted = new WeakMap<Node, Mounted>();

export default function mount({ data, parentElement, setStateValue }: Arguments): () => void {
  if (data instanceof Uint8Array) carry(data, parentElement);
  else if (data instanceof ArrayBuffer) carry(new Uint8Array(data), parentElement);
  else show(data, parentElement, setStateValue);
  return () => {
    const here = mounted.get(parentElement);
    here?.canvas?.close();
    here?.unpin?.();
    here?.canvas?.element.remove();
    mounted.delete(parentElement);
  };
}

function carry(bytes: Uint8Array, parent: Node): void {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const { kind, key } = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
  const identity = `${kind} ${key}`;
  const before = mounted.get(parent);
  const registry = { decoder: decoders, encoder: encoders, points: clouds }[kind as "decoder" | "encoder" | "points"];
  if (before?.identity === identity && registry.has(key)) return;
  before?.unpin?.();
  mounted.set(parent, { identity, unpin: registry.pin(key) });
  const packed = unpack(bytes);
  const array = <T>(name: string) => (packed.arrays.get(name)?.values ?? null) as T;
  if (kind === "points") clouds.put(key, readPoints(packed));
  else if (kind === "encoder") encoders.put(key, array("onnx"));
  else decoders.put(key, { onnx: array("onnx"), prior: array("prior") });
}

function show(data: SceneData, parent: HTMLElement | ShadowRoot, tell: Tell): void {
  const identity = JSON.stringify([data.key, data.model, data.encoder, data.points, data.modes, data.reach]);
  const before = mounted.get(parent);
  if (before?.identity === identity) {
    before.canvas!.follow(data);
    return;
  }
  before?.canvas?.close();
  const canvas = new Canvas(data, tell);
  mounted.set(parent, { identity, canvas });
  const sheet = document.createElement("style");
  sheet.textContent = style;
  parent.replaceChildren(sheet, canvas.element);
  Object.assign(canvas.element, { latentCanvas: canvas }); // for tests and for the curious, in the browser's console
}
