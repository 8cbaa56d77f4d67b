/** A network in this thread: onnxruntime's WebAssembly, one thread, because a Streamlit page is not cross-origin isolated. */

import * as ort from "onnxruntime-web/wasm";

ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

export interface Decoder {
  /** n codes (n × D) to n images; ``condition`` (n × K) for models that take one. */
  decode(codes: Float32Array, n: number, condition?: Float32Array | null): Promise<Float32Array>;
  close(): void;
}

export interface Encoded {
  mean: Float32Array;
  std: Float32Array;
}

/** Runs one after the other: a session refuses to be entered twice. */
class Session {
  private tail: Promise<unknown> = Promise.resolve();
  constructor(private readonly session: ort.InferenceSession) {}

  run(feeds: Record<string, ort.Tensor>): Promise<ort.InferenceSession.OnnxValueMapType> {
    const result = this.tail.then(() => this.session.run(feeds));
    this.tail = result.catch(() => undefined);
    return result;
  }

  close(): void {
    void this.tail.then(() => this.session.release());
  }
}

async function open(bytes: Uint8Array): Promise<Session> {
  if (typeof WebAssembly === "undefined") throw new Error("this browser runs no WebAssembly");
  return new Session(await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"], graphOptimizationLevel: "all" }));
}

const tensor = (values: Float32Array, shape: number[]) => new ort.Tensor("float32", values, shape);

export async function openDecoder(bytes: Uint8Array): Promise<Decoder> {
  const session = await open(bytes);
  return {
    async decode(codes, n, condition) {
      const feeds: Record<string, ort.Tensor> = { z: tensor(codes, [n, codes.length / n]) };
      if (condition) feeds.condition = tensor(condition, [n, condition.length / n]);
      return (await session.run(feeds)).image.data as Float32Array;
    },
    close: () => session.close(),
  };
}

export async function openEncoder(bytes: Uint8Array, shape: number[]): Promise<(image: Float32Array, condition: Float32Array | null) => Promise<Encoded>> {
  const session = await open(bytes);
  return async (image, condition) => {
    const feeds: Record<string, ort.Tensor> = { image: tensor(image, [1, ...shape]) };
    if (condition) feeds.condition = tensor(condition, [1, condition.length]);
    const { mean, std } = await session.run(feeds);
    return { mean: mean.data as Float32Array, std: std.data as Float32Array };
  };
}
