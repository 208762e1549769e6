/**
 * Spaces of every kind, the places in them where a history writes, and boxes around those.
 *
 * @module
 */

import type { Axis, Box, SpaceConfig } from "../../mod.ts";
import { encodeKeys, keyWords } from "../../lib/space/hilbert.ts";
import type { Draw } from "./space_draw.ts";

/** A point where something is written, and where the curve passes through it. */
export interface Place {
  readonly coordinates: readonly number[];
  /** The Hilbert key in hex digits: these sort as keys do. */
  readonly key: string;
}

/** Orders places along the curve, and by their coordinates where it meets them at once. */
export function comparePlaces(a: Place, b: Place): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  const axis = a.coordinates.findIndex((value, i) => value !== b.coordinates[i]);
  return axis < 0 ? 0 : a.coordinates[axis] - b.coordinates[axis];
}

/** Where points of a space lie relative to each other. */
type Layout = "anywhere" | "close" | "line" | "edges";

const LAYOUTS: readonly Layout[] = ["anywhere", "anywhere", "close", "line", "edges"];

/** Bounds of axes, the ordinary and the outermost. */
const BOUNDS: readonly (readonly [number, number])[] = [
  [0, 1],
  [-1, 1],
  [-180, 180],
  [5, 5 + 2 ** -48],
  [-1e-300, 1e-300],
  [0, 2 ** -1070],
  [-8e307, 8e307],
  [-1e9, -1e9 + 1],
  [0.1, 0.3],
];

/** How a space of a history is made. */
export class SpaceShape {
  readonly name: string;
  readonly config: SpaceConfig;
  readonly dims: number;
  readonly bits: number;
  readonly axes: readonly Axis[];
  readonly latest: boolean;
  /** Where it is written, in the order of the curve. */
  readonly places: readonly Place[];

  /**
   * @param name What it is called
   * @param config How it is made
   * @param pointsOf Where it is written
   */
  constructor(
    name: string,
    config: SpaceConfig,
    pointsOf: (shape: SpaceShape) => Iterable<readonly number[]>,
  ) {
    const { dims, axes = [], retention } = config;
    this.name = name;
    this.config = config;
    this.dims = dims;
    this.bits = config.bits ?? Math.min(32, Math.floor(128 / dims));
    this.axes = axes;
    this.latest = retention === "latest";
    const places = Array.from(pointsOf(this), (point) => this.placeOf(point));
    const different = new Map(places.map((place) => [place.coordinates.join(), place]));
    this.places = [...different.values()].sort(comparePlaces);
  }

  /**
   * Draws a space.
   *
   * @param name What it is called
   * @param draw Draws everything else
   * @param placesMax How many places at most
   */
  static draw(name: string, draw: Draw, placesMax: number): SpaceShape {
    const dims = draw.chance(0.06) ? 16 : 1 + Math.floor(8 * draw.random() ** 2);
    const bitsMax = Math.min(32, Math.floor(128 / dims));
    const bits = Math.min(bitsMax, draw.pick([1, 2, 3, 8, 16, 32, 32]));
    const floats = draw.chance(0.4);
    const axes = floats ? { axes: Array.from({ length: dims }, () => drawAxis(draw)) } : {};
    const retention = draw.chance(0.4) ? { retention: "latest" as const } : {};
    const some = draw.chance(0.7) ? { bits } : {};
    const config = { dims, ...some, ...axes, ...retention };
    return new SpaceShape(name, config, (shape) => shape.#drawPoints(draw, placesMax));
  }

  /** The lowest and the highest coordinate of an axis. */
  boundsOf(axis: number): readonly [number, number] {
    if (this.axes.length === 0) return [0, 2 ** this.bits - 1];
    return [this.axes[axis].min, this.axes[axis].max];
  }

  /** The place of a point: -0 is 0. */
  placeOf(point: readonly number[]): Place {
    const coordinates = point.map((value) => value + 0);
    const words = new Uint32Array(keyWords(this.dims, this.bits));
    const cell = Uint32Array.from(coordinates, (value, axis) => this.#cellOf(value, axis));
    encodeKeys(cell, 1, this.dims, this.bits, words);
    const key = Array.from(words, (word) => word.toString(16).padStart(8, "0")).join("");
    return { coordinates, key };
  }

  /** A coordinate that a point may have. */
  drawCoordinate(draw: Draw, axis: number): number {
    const [min, max] = this.boundsOf(axis);
    const length = max - min;
    const raw = draw.pick([
      () => min,
      () => max,
      () => min + length * draw.random(),
      () => min + length * 2 ** -52 * draw.below(5),
      () => min + length * draw.below(5) / 4,
    ])();
    const value = Math.min(max, Math.max(min, raw));
    return this.axes.length === 0 ? Math.round(value) : value + 0;
  }

  /** Any number: near what is there, at the bounds, between, outside, and far away. */
  drawNumber(draw: Draw, axis: number): number {
    const [min, max] = this.boundsOf(axis);
    const near = draw.pick(this.places).coordinates[axis];
    const step = this.axes.length === 0 ? 1 : (max - min) / 2 ** Math.min(this.bits, 20);
    return draw.pick([
      () => near,
      () => near,
      () => near + step * (draw.random() - 0.5),
      () => near + step * draw.pick([-1, 1]),
      () => this.drawCoordinate(draw, axis),
      () => min - step * draw.pick([0, 0.5, 1]),
      () => max + step * draw.pick([0, 0.5, 1]),
      () => draw.pick([-0, 0, -1e300, 1e300, -Infinity, Infinity]),
    ])();
  }

  /** A box that is none of the invalid ones; undefined for everything. */
  drawBox(draw: Draw): Box | undefined {
    if (draw.chance(0.15)) return undefined;
    const { coordinates } = draw.pick(this.places);
    const kind = draw.pick(["any", "any", "any", "point", "slab", "flat", "wide"] as const);
    const [min, max]: number[][] = [[], []];
    const chosen = draw.below(this.dims);
    for (let axis = 0; axis < this.dims; axis++) {
      const free = kind === "any" || kind === "slab" && axis === chosen ||
        kind === "flat" && axis !== chosen;
      const near = coordinates[axis];
      const [low, high] = this.boundsOf(axis);
      let bounds = kind === "point" || kind === "flat" ? [near, near] : [low, high];
      if (kind === "wide") bounds = [draw.pick([low, -Infinity]), draw.pick([high, Infinity])];
      if (free) bounds = [this.drawNumber(draw, axis), this.drawNumber(draw, axis)];
      min.push(Math.min(bounds[0], bounds[1]));
      max.push(Math.max(bounds[0], bounds[1]));
    }
    return { min, max };
  }

  #drawPoints(draw: Draw, count: number): number[][] {
    const layout = draw.pick(LAYOUTS);
    const center = this.#drawPoint(draw);
    const along = draw.below(this.dims);
    return Array.from({ length: count }, () =>
      center.map((value, axis) => {
        if (layout === "line" && axis !== along) return value;
        if (layout === "close") return this.#nearTo(draw, value, axis);
        if (layout === "edges") return draw.pick(this.boundsOf(axis));
        return this.drawCoordinate(draw, axis);
      }));
  }

  #drawPoint(draw: Draw): number[] {
    return Array.from({ length: this.dims }, (_, axis) => this.drawCoordinate(draw, axis));
  }

  /** Often in the same cell, where coordinates are no integers. */
  #nearTo(draw: Draw, value: number, axis: number): number {
    const [min, max] = this.boundsOf(axis);
    const step = this.axes.length === 0 ? 1 : Math.max(Math.abs(value), (max - min) / 8) * 2 ** -50;
    return Math.min(max, Math.max(min, value + step * (draw.below(5) - 2)));
  }

  #cellOf(value: number, axis: number): number {
    if (this.axes.length === 0) return value;
    const { min, max } = this.axes[axis];
    const cells = 2 ** this.bits;
    return Math.min(cells - 1, Math.floor((value - min) / (max - min) * cells));
  }
}

function drawAxis(draw: Draw): Axis {
  const [min, max] = draw.pick(BOUNDS);
  return { min, max };
}
