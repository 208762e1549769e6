import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Revision } from "../../lib/clock/revision.ts";
import { type EdgeVersion, incidenceRows } from "../../lib/graph/incidence.ts";

/*
 * What retention "latest" may drop while rows stay right: versions of edges and rows are merged apart
 * from each other, at any time, each over any of its runs, and older versions still come in.
 */

/** A version of an address: of the edge's own, or of a row's. */
interface Entry {
  address: number;
  stamp: number;
  live: boolean;
  endpoints: readonly number[];
}

/** The runs of a set, and what merging them under "latest" has cost. */
class Runs {
  runs: Entry[][] = [];
  /** The highest stamp in favour of which something was dropped: below it nothing may be asked. */
  horizon = 0;

  /** Merges some runs: drops what a higher stamp of its address supersedes, and settled tombstones. */
  merge(chosen: ReadonlySet<number>, floor: number): void {
    const merged = this.runs.filter((_, i) => chosen.has(i)).flat();
    const outside = this.runs.filter((_, i) => !chosen.has(i));
    const oldest = Math.min(Infinity, ...outside.flat().map(({ stamp }) => stamp));
    const kept = merged.filter((entry) => {
      const higher = merged.filter(({ address, stamp }) =>
        address === entry.address && stamp > entry.stamp
      );
      if (higher.length > 0) {
        const next = Math.min(...higher.map(({ stamp }) => stamp));
        this.horizon = Math.max(this.horizon, next);
        return false;
      }
      return entry.live || entry.stamp >= floor || oldest <= entry.stamp;
    });
    this.runs = [...outside, kept];
  }

  /** The highest entry of an address at or below a ceiling. */
  find(address: number, ceiling: number): Entry | undefined {
    return this.#of(address).filter(({ stamp }) => stamp <= ceiling)[0];
  }

  above(address: number, stamp: number): Entry | undefined {
    return this.#of(address).filter((entry) => entry.stamp > stamp).at(-1);
  }

  #of(address: number): Entry[] {
    return this.runs.flat().filter((entry) => entry.address === address)
      .sort((a, b) => b.stamp - a.stamp);
  }
}

const PLACES = 4;
const EDGE = 0;

function toVersion(entry: Entry | undefined): EdgeVersion | undefined {
  return entry && {
    revision: new Revision(entry.stamp, 0, 1, 1),
    endpoints: entry.endpoints.map((place) => ({ space: 1, point: [place], side: 2 })),
  };
}

function commit(edges: Runs, rows: Runs, stamp: number, endpoints: readonly number[]): void {
  const entry: Entry = { address: EDGE, stamp, live: endpoints.length > 0, endpoints };
  const below = toVersion(edges.find(EDGE, stamp));
  const above = toVersion(edges.above(EDGE, stamp));
  edges.runs.push([entry]);
  rows.runs.push(
    incidenceRows(toVersion(entry)!, below, above).map(({ endpoint, revision, live }) => ({
      address: endpoint.point[0],
      stamp: revision.physicalMs,
      live,
      endpoints: [],
    })),
  );
}

test("under retention latest, rows agree with edges at and above what either dropped for", () => {
  const anyVersions = fc.array(fc.uniqueArray(fc.nat(PLACES - 1), { maxLength: 3 }), {
    minLength: 2,
    maxLength: 7,
  });
  const anyArrival = anyVersions.chain((versions) =>
    fc.shuffledSubarray(versions.map((endpoints, i) => ({ stamp: i + 1, endpoints })), {
      minLength: versions.length,
    })
  );
  const anyMerges = fc.array(fc.tuple(fc.boolean(), fc.uniqueArray(fc.nat(7))), { maxLength: 8 });
  let asked = 0;
  fc.assert(
    fc.property(anyArrival, fc.array(anyMerges, { maxLength: 7 }), (arrival, merges) => {
      const [edges, rows] = [new Runs(), new Runs()];
      arrival.forEach(({ stamp, endpoints }, i) => {
        commit(edges, rows, stamp, endpoints);
        // Whoever has not committed has been open all the time.
        const floor = Math.min(Infinity, ...arrival.slice(i + 1).map((each) => each.stamp));
        for (const [ofEdges, chosen] of merges[i] ?? []) {
          (ofEdges ? edges : rows).merge(new Set(chosen), floor);
          for (let c = Math.max(edges.horizon, rows.horizon); c <= arrival.length; c++) {
            const visible = edges.find(EDGE, c)?.endpoints ?? [];
            for (let place = 0; place < PLACES; place++) {
              asked++;
              const live = rows.find(place, c)?.live ?? false;
              assert.equal(live, visible.includes(place), `place ${place} at ${c}`);
            }
          }
        }
      });
    }),
    { numRuns: 2000 },
  );
  assert(asked > 10_000, `${asked} were asked`);
});

test("the highest stamp that was dropped is no horizon: just above it, rows may be false", () => {
  const [edges, rows] = [new Runs(), new Runs()];
  commit(edges, rows, 1, [0]);
  commit(edges, rows, 3, [1]);
  edges.merge(new Set([0, 1]), 2); // 1 was dropped in favour of 3; rows were not merged.
  commit(edges, rows, 2, [1]);
  assert.deepEqual(edges.find(EDGE, 2)?.endpoints, [1]);
  assert.equal(rows.find(0, 2)?.live, true, "a row of version 1, which 2 could not know");
  assert.equal(edges.horizon, 3);
});
