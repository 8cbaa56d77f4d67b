/** Many images without holding up the hand: a worker decodes them, so that the image under the pointer never waits. */

import type { Decoder } from "./decoder";

interface Pending {
  resolve(images: Float32Array): void;
  reject(error: Error): void;
}

export function openBatch(bytes: Uint8Array): Decoder {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const pending = new Map<number, Pending>();
  let last = 0;
  let failure: Error | null = null;

  const fail = (error: Error) => {
    failure = error;
    pending.forEach(({ reject }) => reject(error));
    pending.clear();
  };
  worker.onerror = (event) => fail(new Error(event.message || "the background decoder did not start"));
  worker.onmessage = ({ data }) => {
    const waiting = pending.get(data.id);
    pending.delete(data.id);
    if (data.error) waiting?.reject(new Error(data.error));
    else waiting?.resolve(data.images);
  };
  const ask = (message: object) =>
    new Promise<Float32Array>((resolve, reject) => {
      if (failure) return reject(failure);
      pending.set(++last, { resolve, reject });
      worker.postMessage({ id: last, ...message });
    });
  ask({ bytes }).catch(fail);
  return {
    decode: (codes, n, condition) => ask({ codes, n, condition }),
    close: () => worker.terminate(),
  };
}
