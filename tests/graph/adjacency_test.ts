import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, EndpointInput, Graph, HyperedgeInput, Traversal } from "../../mod.ts";
import { Adjacency, UNKNOWN } from "../../lib/graph/adjacency.ts";
import { AdjacencyCache } from "../../lib/graph/adjacency_cache.ts";
import { PageCache } from "../../lib/store/page_cache.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";

function line(x: number, polarity: EndpointInput["polarity"] = "neutral"): EndpointInput {
  return { space: "line", point: [x], polarity };
}

function feeds(from: number, to: number, kind = "feeds"): HyperedgeInput {
  return { kind, directed: true, endpoints: [line(from, "tail"), line(to, "head")] };
}

/** A graph in one run file, and what makes it so again. */
async function settled(...edges: HyperedgeInput[]): Promise<{ db: Database; net: Graph }> {
  const db = await new DatabaseFixture().start();
  const net = await db.createGraph("net");
  await relate(db, ...edges);
  await db.compact();
  return { db, net };
}

async function relate(db: Database, ...edges: HyperedgeInput[]): Promise<bigint[]> {
  return await db.write((session) => edges.map((edge) => session.relate("net", edge).id));
}

function points({ nodes }: Traversal): number[] {
  return nodes.map(({ point }) => point[0]);
}

test("a degree that was cut short is not the degree", async () => {
  const { net } = await settled(feeds(1, 2), feeds(1, 3), feeds(4, 1));
  assert.equal(net.degree(line(1), {}, { limit: 2 }), 2);
  assert.equal(net.degree(line(1)), 3);
  assert.equal(net.degree(line(1), {}, { limit: 2 }), 2);
  assert.equal(net.degree(line(1), { direction: "outgoing" }), 2);
  assert.equal(net.degree(line(1), { kinds: ["drains"] }), 0);
});

test("no known way leads on from a neutral endpoint of a directed edge", async () => {
  const edge = { ...feeds(1, 2), endpoints: [line(1, "tail"), line(2, "head"), line(3)] };
  const { net } = await settled(edge, { kind: "touches", endpoints: [line(3), line(4)] });
  for (let time = 0; time < 3; time++) {
    assert.deepEqual(points(net.traverse({ from: line(3), direction: "both" })), [3, 4]);
    assert.deepEqual(points(net.traverse({ from: line(4), direction: "both" })), [4, 3]);
    assert.deepEqual(points(net.traverse({ from: line(1), direction: "both" })), [1, 2]);
    assert.equal(net.degree(line(3), { direction: "neutral" }), 2);
  }
});

test("what was known of a point does not outlive a commit, nor a merge", async () => {
  const { db, net } = await settled(feeds(1, 2), feeds(2, 3));
  using before = db.snapshot();
  const seen = (graph = net) => [
    points(graph.traverse({ from: line(1) })),
    [1, 2, 3].map((x) => graph.degree(line(x))),
  ];
  assert.deepEqual(seen(), [[1, 2, 3], [1, 2, 1]]);
  const [id] = await relate(db, feeds(2, 4));
  assert.deepEqual(seen(), [[1, 2, 3, 4], [1, 3, 1]]);
  await db.compact();
  assert.deepEqual(seen(), [[1, 2, 3, 4], [1, 3, 1]]);
  await db.write((session) => session.unrelate("net", id));
  assert.deepEqual(seen(), [[1, 2, 3], [1, 2, 1]]);
  await db.flush();
  assert.deepEqual(seen(), [[1, 2, 3], [1, 2, 1]]);
  await db.compact();
  assert.deepEqual(seen(), [[1, 2, 3], [1, 2, 1]]);
  const old = before.graph("net");
  assert.deepEqual(points(old.traverse({ from: line(1) })), [1, 2, 3]);
  assert.deepEqual([1, 2, 3].map((x) => old.degree(line(x))), [1, 2, 1]);
});

test("a thousand points are walked the same way again, from wherever, and in little memory", async () => {
  const edges: HyperedgeInput[] = [];
  for (let i = 0; i < 1000; i++) {
    edges.push(feeds(i, (i * 7 + 3) % 1000, i % 3 === 0 ? "drains" : "feeds"), {
      kind: "joins",
      directed: true,
      endpoints: [line(i, "tail"), line((i * 3) % 1000, "tail"), line((i + 1) % 1000, "head")],
    });
  }
  const seen: string[][] = [];
  for (const cacheBytesMax of [2 ** 26, 200_000, 1]) {
    const db = await new DatabaseFixture().start({ cacheBytesMax });
    const net = await db.createGraph("net");
    await relate(db, ...edges);
    await db.compact();
    await relate(db, feeds(5, 2000), feeds(2000, 2001), feeds(2001, 6)); // Beside what is known.
    const answers: string[] = [];
    for (let time = 0; time < 4; time++) {
      for (const from of [line(1), [line(500), line(2000)]]) {
        answers.push(shown([
          net.traverse({ from, depth: 3 }),
          net.traverse({ from, kinds: ["joins"] }),
          net.traverse({ from, direction: "both", depth: 2 }),
          net.traverse({ from, direction: "backward", mode: "b-connectivity" }),
          net.traverse({ from }),
        ]));
      }
    }
    assert.equal(new Set(answers).size, 2);
    seen.push(answers);
    await db.close();
  }
  assert.deepEqual(seen[1], seen[0]);
  assert.deepEqual(seen[2], seen[0]);
});

/** Without stamps, which differ from one database to another. */
function shown(traversals: Traversal[]): string {
  return JSON.stringify(
    traversals,
    (name, value) => name === "revision" || name === "validFrom" ? undefined : value,
  );
}

test("a degree is how many edges there are, whatever was asked before of its page", async () => {
  const edges: HyperedgeInput[] = [];
  for (let i = 0; i < 3000; i++) {
    const head = (i * i + 7) % 211;
    edges.push(
      i % 5 === 0
        ? { kind: "touches", endpoints: [line(i % 97), line(head)] }
        : feeds(i % 89, head),
    );
  }
  edges.push(feeds(300, 300), { ...feeds(301, 302), validTo: new Date(Date.UTC(2026, 11, 31)) });
  const { db, net } = await settled(...edges);
  const directions = ["any", "outgoing", "incoming", "neutral"] as const;
  for (let time = 0; time < 3; time++) {
    for (let i = 0; i < 310; i++) {
      const at = line((i * 137) % 310);
      for (const direction of directions) {
        const expected = net.incident(at, { direction }).toArray().length;
        assert.equal(net.degree(at, { direction }), expected, `${at.point} ${direction}`);
      }
    }
    await relate(db, feeds(50, 60), feeds(209, 96));
    if (time === 1) await db.compact();
  }
});

test("marks of a traversal are not those of another, however many there were", () => {
  const adjacency = new Adjacency();
  for (let i = 0; i < 3; i++) adjacency.nodes.add(1, [i], 0, 1);
  const highest = 2 ** 30 - 1;
  for (let traversal = 0; traversal < 10; traversal++) {
    adjacency.beginTraversal();
    for (let i = 0; i < 3; i++) assert.equal(adjacency.markOf(i), UNKNOWN);
    adjacency.mark(traversal % 3, highest);
    adjacency.mark((traversal + 1) % 3, 0);
    assert.equal(adjacency.markOf(traversal % 3), highest);
    assert.equal(adjacency.markOf((traversal + 1) % 3), 0);
    assert.equal(adjacency.markOf((traversal + 2) % 3), UNKNOWN);
  }
});

test("what is remembered stays below its bound, and makes room when it is of no use", () => {
  const bytesMax = 100_000;
  let charged = 0;
  const cache = new AdjacencyCache(bytesMax, () => (bytes) => charged += bytes);
  const share = cache.shareOf(1);
  const learn = (x: number): boolean => {
    const { current } = share;
    if (share.roomIn(current) === 0) return false;
    current.keepDegree(1, 1, [x], 0, x);
    share.grew();
    return true;
  };
  let known = 0;
  while (learn(known)) known++;
  assert(known > 100, `${known} points fit`);
  assert.equal(charged, share.current.bytes);
  assert(charged <= bytesMax, `${charged} bytes are taken`);
  assert.equal(share.current.degree(1, 1, [known - 1], 0), known - 1);
  const full = share.current;
  let vain = 0;
  while (!learn(known)) vain++;
  assert(vain >= 1000, `${vain} were enough`);
  assert.notEqual(share.current, full);
  assert.equal(charged, share.current.bytes);
  assert.equal(share.roomIn(full), 0);
  assert.equal(share.current.degree(1, 1, [known - 1], 0), UNKNOWN);
});

test("what is remembered goes when pages are read and nobody asks for it, and when all is closed", () => {
  const pages = new PageCache(100_000);
  const share = new AdjacencyCache(50_000, (guest) => pages.admit(guest)).shareOf(1);
  const read = (times: number): void => {
    for (let i = 0; i < times; i++) pages.keep(i, 1000);
  };
  const learn = (): Adjacency => {
    share.current.keepDegree(1, 1, [5], 0, 7);
    share.grew();
    return share.current;
  };
  const first = learn();
  read(1000);
  assert.notEqual(share.current, first);
  const second = learn();
  for (let i = 0; i < 1000; i++) {
    assert.equal(share.current, second);
    read(20);
  }
  pages.close();
  assert.equal(share.points, 0);
  assert(pages.bytes <= 100_000);
});

test("a hub, and edges each of a kind of its own, keep within the bound", async () => {
  const hub = (i: number): HyperedgeInput => ({
    kind: "feeds",
    directed: true,
    endpoints: [
      line(0, "tail"),
      ...Array.from({ length: 15 }, (_, each) => line(100 + i * 15 + each, "head")),
    ],
  });
  const manyKinds = (i: number) => feeds(0, i + 1, `${i}`.padStart(900, "x"));
  for (const edge of [hub, manyKinds]) {
    let charged = 0;
    for (const cacheBytesMax of [1, 100_000, 1_000_000, 2 ** 26]) {
      using bytes = new ChargedBytes();
      const db = await new DatabaseFixture().start({ cacheBytesMax });
      const net = await db.createGraph("net");
      await relate(db, ...Array.from({ length: 2000 }, (_, i) => edge(i)));
      await db.compact();
      const from = line(0);
      const reached = Array.from({ length: 3 }, () => net.traverse({ from, depth: 1 }).nodes);
      assert.equal(reached[0].length, edge === hub ? 30_001 : 2001);
      assert.deepEqual(reached[1], reached[0]);
      assert.deepEqual(reached[2], reached[0]);
      charged = bytes.most;
      assert(charged <= Math.max(cacheBytesMax / 2, 50_000), `${charged} of ${cacheBytesMax}`);
      await db.close();
      assert.equal(bytes.now, 0);
    }
    assert(charged > 500_000, `with room, ${charged} bytes are kept`);
  }
});

test("a damaged page fails nobody who asks about points in others, the first time as any other", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.createGraph("net");
  const edges = Array.from({ length: 900 }, (_, i) => feeds(2 * (i * 7 % 60), 2 * (i * 13 % 60)));
  await relate(db, ...edges);
  await db.close();
  const directions = [{}, { direction: "outgoing" }, { direction: "incoming" }] as const;
  const codeOr = (ask: () => number): unknown => {
    try {
      return ask();
    } catch (error) {
      return (error as { code: unknown }).code;
    }
  };
  let [failed, answered] = [0, 0];
  for (const file of fixture.files("runs").map((name) => `runs/${name}`)) {
    const { length } = fixture.bytes(file);
    for (let offset = 100; offset < length - 600; offset += Math.floor(length / 12)) {
      const damaged = fixture.killed();
      damaged.flip(file, offset);
      for (let x = 0; x < 122; x += 3) {
        for (const filter of directions) {
          const again = await damaged.open({ readOnly: true });
          const net = again.graph("net");
          // Of one kind nothing is remembered, and so nothing else is read.
          const expected = codeOr(() => net.degree(line(x), { ...filter, kinds: ["feeds"] }));
          for (let time = 0; time < 2; time++) {
            const found = codeOr(() => net.degree(line(x), filter));
            assert.equal(found, expected, `time ${time}, at ${x}, ${file} byte ${offset}`);
          }
          if (expected === "corrupt") failed++;
          else answered++;
          await again.close();
        }
      }
    }
  }
  assert(failed > 50 && answered > failed, `${failed} failed, ${answered} did not`);
});

/** Counts what page caches are charged with that are made meanwhile. */
class ChargedBytes {
  now = 0;
  most = 0;
  readonly #admit = PageCache.prototype.admit;

  constructor() {
    const { prototype } = PageCache;
    const admit = this.#admit;
    const count = (bytes: number): void => {
      this.now += bytes;
      this.most = Math.max(this.most, this.now);
    };
    prototype.admit = function (guest): (bytes: number) => void {
      const charge = admit.call(this, guest);
      return (bytes) => {
        count(bytes);
        charge(bytes);
      };
    };
  }

  [Symbol.dispose](): void {
    PageCache.prototype.admit = this.#admit;
  }
}
