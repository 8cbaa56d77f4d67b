/** The condition of a conditional decoder as one vector: a weight for each value of each property, then β. */

import type { ConditionProperty, Model } from "./protocol";

/** A property with the offset of its first column in the condition vector. */
export interface PropertyColumns extends ConditionProperty {
  offset: number;
}

/** Where each property of the model is in the condition vector. */
export function propertyColumns(model: Model): PropertyColumns[] {
  let offset = 0;
  return model.conditions.map((property) => {
    const columns = { ...property, offset };
    offset += property.values.length;
    return columns;
  });
}

/** The condition before the first choice: the first value of each property, and β = 1 or the nearest β in range. */
export function defaultCondition({ conditions, betaRange }: Model): Float32Array | null {
  const condition = conditions.flatMap(({ values }) => values.map<number>((_, i) => (i === 0 ? 1 : 0)));
  if (betaRange) condition.push(Math.min(Math.max(1, betaRange[0]), betaRange[1]));
  return condition.length ? Float32Array.from(condition) : null;
}

/** Sets one property to value ``a``, or to a blend of ``a`` and ``b`` with weight ``share`` on ``b``.
 * ``a`` = null means unknown: all weights of the property are 0. Returns a new vector. */
export function blend(condition: Float32Array, property: PropertyColumns, a: number | null, b = 0, share = 0): Float32Array {
  const out = condition.slice();
  out.fill(0, property.offset, property.offset + property.values.length);
  if (a === null) return out;
  out[property.offset + a] += 1 - share;
  out[property.offset + b] += share;
  return out;
}

/** Sets β, the last entry. Returns a new vector. */
export function withBeta(condition: Float32Array, beta: number): Float32Array {
  const out = condition.slice();
  out[out.length - 1] = beta;
  return out;
}

/** The n condition rows (n × K) that give every code of a batch the same condition. */
export function repeatCondition(condition: Float32Array | null, n: number): Float32Array | null {
  if (!condition) return null;
  const k = condition.length;
  const out = new Float32Array(n * k);
  for (let i = 0; i < n; i++) out.set(condition, i * k);
  return out;
}

/** β at a position from 0 to 1 on a logarithmic scale, and the position of a β. */
export const betaAtPosition = ([low, high]: [number, number], position: number): number => low * (high / low) ** position;
export const betaPosition = ([low, high]: [number, number], beta: number): number => Math.log(beta / low) / Math.log(high / low);
