/** A decoder that runs in a web worker: many images at once, while the main thread stays free for the image under the pointer. */

import type { Decoder } from "./decoder";

interface PendingRequest {
  resolve(images: Float32Array): void;
  reject(error: Error): void;
}

/** Starts a worker with an ONNX decoder. Errors of the start appear in the first decoding. */
export function openWorkerDecoder(bytes: Uint8Array): Decoder {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const pending = new Map<number, PendingRequest>();
  let lastId = 0;
  let failure: Error | null = null;

  const failAll = (error: Error) => {
    failure = error;
    pending.forEach(({ reject }) => reject(error));
    pending.clear();
  };
  worker.onerror = (event) => failAll(new Error(event.message || "the background decoder did not start"));
  worker.onmessage = ({ data }) => {
    const request = pending.get(data.id);
    pending.delete(data.id);
    if (data.error) request?.reject(new Error(data.error));
    else request?.resolve(data.images);
  };
  const send = (message: object) =>
    new Promise<Float32Array>((resolve, reject) => {
      if (failure) return reject(failure);
      pending.set(++lastId, { resolve, reject });
      worker.postMessage({ id: lastId, ...message });
    });
  send({ bytes }).catch(failAll);
  return {
    decode: (codes, n, condition) => send({ codes, n, condition }),
    close: () => worker.terminate(),
  };
}
