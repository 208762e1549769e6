import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Revision, revisionOfWords, writeRevisionWords } from "../../lib/clock/revision.ts";
import { EdgeCursor } from "../../lib/graph/edge_cursor.ts";
import { encodeEdge } from "../support/encoded_edge.ts";
import { type CheckedEndpoint, HEAD, NEUTRAL, type Side, TAIL } from "../../lib/graph/hyperedge.ts";
import {
  type EdgeVersion,
  type IncidenceRow,
  incidenceRows,
  type IncidentEndpoint,
  incidentEndpoints,
  rowAddress,
} from "../../lib/graph/incidence.ts";
import { RowColumns } from "../../lib/graph/row_columns.ts";
import { fromHex, workedExample } from "../support/worked_example.ts";

function revisionOf(stamp: number): Revision {
  return new Revision(stamp, 0, 1 + stamp % 3, stamp);
}

function at(place: number): IncidentEndpoint {
  return { space: place >> 4, point: [place >> 2 & 3, 7], side: (place & 3) % 3 as Side };
}

function version(stamp: number, places: number[]): EdgeVersion {
  return { revision: revisionOf(stamp), endpoints: places.map(at) };
}

function nameOf({ space, point, side }: IncidentEndpoint): string {
  return `${space}:${point}:${side}`;
}

/** What is committed of one edge, and its rows by address and stamp. */
class Committed {
  readonly versions: EdgeVersion[] = [];
  readonly rows = new Map<string, Map<number, boolean>>();

  commit(version: EdgeVersion): void {
    const isAbove = (other: EdgeVersion): boolean =>
      Revision.compare(other.revision, version.revision) > 0;
    const next = this.versions.findIndex(isAbove);
    const place = next < 0 ? this.versions.length : next;
    const rows = incidenceRows(version, this.versions[place - 1], this.versions[place]);
    this.versions.splice(place, 0, version);
    rows.forEach((row) => this.#put(row));
  }

  #put({ endpoint, revision, live }: IncidenceRow): void {
    const name = nameOf(endpoint);
    const stamps = this.rows.get(name) ?? new Map<number, boolean>();
    this.rows.set(name, stamps);
    const there = stamps.get(revision.physicalMs);
    assert(there === undefined || there === live, "a row is never written as something else");
    stamps.set(revision.physicalMs, live);
  }

  /** Whether the highest row at or below a ceiling is live. */
  isLive(name: string, ceiling: number): boolean {
    const stamps = [...this.rows.get(name) ?? []].filter(([stamp]) => stamp <= ceiling);
    return stamps.sort(([a], [b]) => b - a)[0]?.[1] ?? false;
  }
}

function checkAll(committed: Committed, ceilings: number): void {
  for (let ceiling = 0; ceiling <= ceilings; ceiling++) {
    const visible = committed.versions.findLast((each) => each.revision.physicalMs <= ceiling);
    const expected = new Set(visible?.endpoints.map(nameOf));
    for (const name of committed.rows.keys()) {
      assert.equal(committed.isLive(name, ceiling), expected.has(name), `${name} at ${ceiling}`);
    }
    for (const name of expected) assert(committed.rows.has(name), name);
  }
}

const anyPlaces = fc.array(fc.nat(31), { maxLength: 5 });
const anyVersions = fc.array(anyPlaces, { minLength: 1, maxLength: 8 });

test("after every commit, rows tell at every ceiling what the visible version has, in any order", () => {
  const anyArrival = anyVersions.chain((places) =>
    fc.shuffledSubarray(places.map((each, i) => version(i + 1, each)), { minLength: places.length })
  );
  fc.assert(
    fc.property(anyArrival, (arrival) => {
      const committed = new Committed();
      for (const each of arrival) {
        committed.commit(each);
        checkAll(committed, arrival.length + 1);
      }
    }),
    { numRuns: 500 },
  );
});

function rowsOf(rows: IncidenceRow[]): string[] {
  return rows.map(({ endpoint, revision, live }) =>
    `${nameOf(endpoint)} ${live ? "live" : "dead"} ${revision.physicalMs}`
  );
}

const [p, q, r] = [4, 8, 12];

test("the first version of an edge has a live row at each of its endpoints", () => {
  assert.deepEqual(rowsOf(incidenceRows(version(1, [p, q]))), ["0:1,7:0 live 1", "0:2,7:0 live 1"]);
});

test("a version leaves dead rows where the one below was and it is not", () => {
  assert.deepEqual(rowsOf(incidenceRows(version(2, [q, r]), version(1, [p, q]))), [
    "0:2,7:0 live 2",
    "0:3,7:0 live 2",
    "0:1,7:0 dead 2",
  ]);
});

test("unrelate is a version without endpoints", () => {
  assert.deepEqual(rowsOf(incidenceRows(version(2, []), version(1, [p]))), ["0:1,7:0 dead 2"]);
  assert.deepEqual(incidenceRows(version(2, [])), []);
});

test("a version that comes late gives the one above dead rows where that one is not", () => {
  assert.deepEqual(rowsOf(incidenceRows(version(1, [p, q]), undefined, version(3, [q]))), [
    "0:1,7:0 live 1",
    "0:2,7:0 live 1",
    "0:1,7:0 dead 3",
  ]);
});

test("several roles at one (space, point, side) are one row; another side is another row", () => {
  const both = version(1, [p, p + 1, p, p + 1, p + 2]);
  assert.deepEqual(rowsOf(incidenceRows(both)), [
    "0:1,7:0 live 1",
    "0:1,7:1 live 1",
    "0:1,7:2 live 1",
  ]);
  assert.deepEqual(rowsOf(incidenceRows(version(2, []), both)).length, 3);
});

test("10,000 endpoints, some twice, are told apart", () => {
  const endpoints = Array.from({ length: 10_000 }, (_, i): IncidentEndpoint => ({
    space: 1,
    point: [i % 9_000, 1.5],
    side: NEUTRAL,
  }));
  const large = { revision: revisionOf(1), endpoints };
  assert.equal(incidenceRows(large).length, 9_000);
  const later = { revision: revisionOf(2), endpoints: endpoints.slice(0, 4_000) };
  assert.equal(incidenceRows(later, large).filter(({ live }) => !live).length, 5_000);
});

test("an address is the coordinates, the side and the two words of the id", () => {
  assert.deepEqual(rowAddress({ space: 5, point: [1, 2.5], side: HEAD }, 7, 2 ** 32 - 1), [
    1,
    2.5,
    1,
    7,
    2 ** 32 - 1,
  ]);
});

/** Without the room that is left. */
function trimmed(rows: RowColumns): RowColumns {
  const { length } = rows;
  rows.spaces = rows.spaces.slice(0, length);
  rows.starts = rows.starts.slice(0, length + 1);
  rows.coordinates = rows.coordinates.slice(0, rows.starts[length]);
  rows.revisions = rows.revisions.slice(0, 4 * length);
  rows.tombstones = rows.tombstones.slice(0, length);
  rows.ends = rows.ends.slice(0, length);
  rows.values = rows.values.slice(0, rows.valueBytes);
  return rows;
}

test("addEdge() takes the rows of an edge without other versions, as incidenceRows() says", () => {
  const anyPoint = fc.constantFrom<number[]>([1], [2], [0.5, 1], [1, 0.5]);
  const anyEndpoint = fc.record({
    space: fc.constant(0),
    point: anyPoint,
    role: fc.constantFrom("member", "pump"),
    side: fc.constantFrom<Side>(TAIL, HEAD),
  }).map((each): CheckedEndpoint => ({ ...each, space: each.point.length }));
  const anyEnds = fc.array(fc.array(anyEndpoint, { minLength: 1, maxLength: 12 }), {
    maxLength: 40,
  });
  const tail: CheckedEndpoint = { space: 1, point: [7], role: "member", side: TAIL };
  const head: CheckedEndpoint = { space: 1, point: [8], role: "member", side: HEAD };
  fc.assert(fc.property(anyEnds, fc.boolean(), (edges, again) => {
    const cursor = new EdgeCursor();
    const fast = new RowColumns();
    const slow = new RowColumns();
    if (again) fast.add({ space: 9, point: [1], side: TAIL }, 1, 1, revisionOf(1), fromHex("c0"));
    fast.clear();
    edges.forEach((ends, low) => {
      cursor.takeEdge(encodeEdge({
        id: undefined,
        kind: "feeds",
        directed: true,
        endpoints: [tail, ...ends, head],
        weight: undefined,
        properties: undefined,
        validTo: undefined,
      }));
      const revision = revisionOf(low);
      const words = new Uint32Array(8);
      writeRevisionWords(revision, words, 4);
      fast.addEdge(cursor, 5, low, words, 1);
      for (const row of incidenceRows({ revision, endpoints: incidentEndpoints(cursor) })) {
        slow.add(row.endpoint, 5, low, revision, cursor.toHead());
      }
    });
    assert.deepEqual(trimmed(fast), trimmed(slow));
  }));
});

test("the worked example of a row is what the edge of the other worked example has at its tail", () => {
  const cursor = new EdgeCursor();
  cursor.takeEdge(workedExample("lib/graph/edge_codec.ts"));
  const revision = new Revision(Date.parse("2026-11-22T12:00:00.000Z"), 4, 7, 3);
  const [row] = incidenceRows({ revision, endpoints: incidentEndpoints(cursor) });
  const columns = new RowColumns();
  columns.add(row.endpoint, 1, 7, row.revision, row.live ? cursor.toHead() : undefined);
  const { coordinates, revisions, values, ends, spaces } = trimmed(columns);
  assert.deepEqual([...coordinates], rowAddress(row.endpoint, 1, 7));
  assert.deepEqual([[...spaces], [...ends]], [[5], [values.length]]);

  const bytes = workedExample("lib/graph/incidence.ts");
  const address = Uint32Array.from(coordinates);
  assert.deepEqual(bytes.subarray(0, 20), new Uint8Array(address.buffer));
  assert.deepEqual(bytes.subarray(20, 36), new Uint8Array(revisions.buffer));
  assert.deepEqual(bytes.subarray(36), values);
  const words = new Uint32Array(bytes.slice(0, 36).buffer);
  assert.deepEqual([...words.subarray(0, 5)], [10, 300, TAIL, 1, 7]);
  assert(revisionOfWords(words, 5).equals(revision));
  assert.equal(cursor.takeHead(bytes.subarray(36)), true);
  assert.deepEqual([cursor.kind, cursor.directed, cursor.count], ["feeds", true, 2]);
  assert.deepEqual([cursor.point(0), cursor.point(1), [...cursor.sides.subarray(0, 2)]], [
    [10, 300],
    [1.5],
    [TAIL, HEAD],
  ]);
  assert.equal(`${cursor.validTo}`, "01a20320a200ffffffffffffffffffff");
});

test("incidentEndpoints() are those of the stored edge", () => {
  const endpoints = [
    { space: 5, point: [1, 2], role: "member", side: TAIL as Side },
    { space: 6, point: [0.5], role: "x", side: HEAD as Side },
  ];
  const cursor = new EdgeCursor();
  cursor.takeEndpoints(encodeEdge({
    id: 1n,
    kind: "k",
    directed: true,
    endpoints,
    weight: undefined,
    properties: undefined,
    validTo: undefined,
  }));
  assert.deepEqual(
    incidentEndpoints(cursor),
    endpoints.map(({ space, point, side }) => ({ space, point, side })),
  );
});
