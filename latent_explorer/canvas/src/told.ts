/** What a conditional decoder is told, as one vector: a weight for each value of each property, then β. */

import type { Model, Property } from "./types";

/** A property's columns of the vector. */
export interface Axis extends Property {
  at: number;
}

export function axes(model: Model): Axis[] {
  let at = 0;
  return model.conditions.map((property) => {
    const axis = { ...property, at };
    at += property.values.length;
    return axis;
  });
}

/** Before anybody chooses: the first value of each property, and β = 1 or what of its range is nearest. */
export function untold({ conditions, betaRange }: Model): Float32Array | null {
  const told = conditions.flatMap(({ values }) => values.map<number>((_, i) => (i === 0 ? 1 : 0)));
  if (betaRange) told.push(Math.min(Math.max(1, betaRange[0]), betaRange[1]));
  return told.length ? Float32Array.from(told) : null;
}

/** The vector with one property at value ``a``, or between it and ``b``; at null it is unknown, which is all zeros. */
export function blend(told: Float32Array, axis: Axis, a: number | null, b = 0, share = 0): Float32Array {
  const out = told.slice();
  out.fill(0, axis.at, axis.at + axis.values.length);
  if (a === null) return out;
  out[axis.at + a] += 1 - share;
  out[axis.at + b] += share;
  return out;
}

/** β at a place from 0 to 1 on its logarithmic scale, and back. */
export const betaAt = ([low, high]: [number, number], place: number): number => low * (high / low) ** place;
export const placeOf = ([low, high]: [number, number], beta: number): number => Math.log(beta / low) / Math.log(high / low);
