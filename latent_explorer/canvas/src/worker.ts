/** The web worker's side of workerDecoder.ts: opens the decoder, then answers each request with images or an error. */

import { openDecoder, type Decoder } from "./decoder";

let decoder: Promise<Decoder> | undefined;

self.onmessage = async ({ data }: MessageEvent) => {
  try {
    if (data.bytes) {
      decoder = openDecoder(data.bytes);
      await decoder;
      self.postMessage({ id: data.id });
    } else {
      const images = await (await decoder!).decode(data.codes, data.n, data.condition);
      self.postMessage({ id: data.id, images }, { transfer: [images.buffer] });
    }
  } catch (error) {
    self.postMessage({ id: data.id, error: String((error as Error)?.message ?? error) });
  }
};
