/** Reads what packing.py writes: the header's length, a JSON header, then arrays at offsets divisible by 8. */

export interface Entry {
  name: string;
  dtype: "float16" | "float32" | "uint8" | "uint16" | "int32";
  shape: number[];
  offset: number;
}

export interface Header {
  kind: "decoder" | "encoder" | "points";
  key: string;
  arrays: Entry[];
  [setting: string]: unknown;
}

export interface Packed {
  header: Header;
  arrays: Map<string, { shape: number[]; values: Float32Array | Uint8Array | Uint16Array | Int32Array }>;
}

export function unpack(bytes: Uint8Array): Packed {
  // a copy: typed arrays need aligned offsets, and the message may start at any byte
  const buffer = bytes.slice().buffer;
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length))) as Header;
  const arrays: Packed["arrays"] = new Map();
  const start = 8 + length; // offsets count from the end of the header
  for (const { name, dtype, shape, offset } of header.arrays) {
    const size = shape.reduce((a, b) => a * b, 1);
    arrays.set(name, { shape, values: arrayAt(buffer, dtype, start + offset, size) });
  }
  return { header, arrays };
}

function arrayAt(buffer: ArrayBuffer, dtype: Entry["dtype"], offset: number, size: number) {
  switch (dtype) {
    case "float32":
      return new Float32Array(buffer, offset, size);
    case "float16":
      return halvesToFloats(new Uint16Array(buffer, offset, size));
    case "uint8":
      return new Uint8Array(buffer, offset, size);
    case "uint16":
      return new Uint16Array(buffer, offset, size);
    case "int32":
      return new Int32Array(buffer, offset, size);
  }
}

let table: Float32Array | undefined; // of all 65,536 half-precision numbers: a lookup is several times faster than arithmetic

/** Converts IEEE half precision to single precision. */
export function halvesToFloats(halves: Uint16Array): Float32Array {
  table ??= Float32Array.from({ length: 65536 }, (_, bits) => halfToFloat(bits));
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = table[halves[i]];
  return out;
}

function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
