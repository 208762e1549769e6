import assert from "node:assert/strict";
import { test } from "node:test";
import { type CacheGuest, type Kept, PageCache } from "../../lib/store/page_cache.ts";
import { makeRandom } from "../crash/random.ts";

test("a cache never keeps more bytes than it may, and says how many", () => {
  const cache = new PageCache(100);
  const all: Kept<number>[] = [];
  for (let i = 0; i < 500; i++) {
    const bytes = 1 + i * 7 % 30;
    const isUnasked = i % 5 < 2 && cache.hasRoom(bytes);
    all.push(isUnasked ? cache.keepUnasked(i, bytes) : cache.keep(i, bytes));
    for (let j = 0; j < i % 4; j++) all[i * (j + 3) % all.length].used = true;
    const kept = all.filter(({ value }) => value !== undefined);
    assert.equal(cache.bytes, kept.reduce((sum, { bytes }) => sum + bytes, 0));
    assert(cache.bytes <= 100, `${cache.bytes}`);
    assert.equal(all[i].value, i);
  }
});

test("what is used again and again stays, what is not goes", () => {
  const cache = new PageCache(10);
  for (let i = 0; i < 20; i++) cache.keep(i, 1);
  const used = cache.keep("used", 1);
  const others = Array.from({ length: 100 }, (_, i) => {
    used.used = true;
    return cache.keep(i, 1);
  });
  assert.equal(used.value, "used");
  const kept = others.filter(({ value }) => value !== undefined);
  assert.equal(kept.length, 9);
  used.used = false;
  for (let i = 0; i < 20; i++) cache.keep(i, 1);
  assert.equal(used.value, undefined);
});

test("the two that were read last are kept, however large they are", () => {
  const cache = new PageCache(0);
  for (let i = 0; i < 10; i++) {
    const first = cache.keep("page", 1000);
    const second = cache.keep("values", 5000);
    assert.deepEqual([first.value, second.value], ["page", "values"]);
    assert.equal(cache.bytes, 6000);
  }
});

test("what nobody asked for is kept where there is room, and goes first, but for what was asked for since", () => {
  const cache = new PageCache(10);
  const read = Array.from({ length: 6 }, (_, i) => cache.keep(i, 1));
  for (const each of read) each.used = false;
  assert.deepEqual([cache.hasRoom(4), cache.hasRoom(5)], [true, false]);
  const written = Array.from({ length: 4 }, (_, i) => cache.keepUnasked(i, 1));
  written[1].used = true;
  const kept = (all: Kept<number>[]): number[] =>
    all.map(({ value }) => value).filter((value) => value !== undefined);
  for (let i = 0; i < 2; i++) cache.keep(i, 1);
  assert.deepEqual([kept(read), kept(written), cache.bytes], [[0, 1, 2, 3, 4, 5], [1, 3], 10]);
  cache.keep(2, 1);
  assert.deepEqual([kept(read), kept(written), cache.bytes], [[0, 1, 2, 3, 4, 5], [1], 10]);
  cache.keep(3, 1);
  assert.equal(kept(read).length + kept(written).length, 6, "then the hand goes round");
});

test("what is dropped is gone, and counted once", () => {
  const cache = new PageCache(10);
  const read = Array.from({ length: 5 }, (_, i) => cache.keep(i, 1));
  const written = Array.from({ length: 5 }, (_, i) => cache.keepUnasked(i, 1));
  for (const each of [read[2], written[0], written[4], read[2]]) cache.drop(each);
  assert.equal(cache.bytes, 7);
  const more = Array.from({ length: 30 }, (_, i) => cache.keep(i, 1));
  assert.equal(cache.bytes, 10);
  const all = [...read, ...written, ...more];
  assert.equal(all.filter(({ value }) => value !== undefined).length, 10);
});

test("what is kept and dropped again and again is forgotten, and the hand finds its way among the rest", () => {
  const random = makeRandom(20_261_124);
  const cache = new PageCache(200);
  let live: Kept<number>[] = [];
  for (let i = 0; i < 20_000; i++) {
    const bytes = 1 + Math.floor(random() * 9);
    const isUnasked = random() < 0.5 && cache.hasRoom(bytes);
    live.push(isUnasked ? cache.keepUnasked(i, bytes) : cache.keep(i, bytes));
    for (const each of live) {
      if (random() < 0.05) each.used = true;
      if (random() < 0.1) cache.drop(each);
    }
    if (i % 100 === 0) { for (const each of live) cache.drop(each); }
    live = live.filter(({ value }) => value !== undefined);
    assert.equal(cache.bytes, live.reduce((sum, { bytes }) => sum + bytes, 0));
    assert(cache.bytes <= 200);
    assert(cache.size <= 2 * live.length + 4, `${cache.size} for ${live.length}`);
  }
});

test("a guest that is not used is dropped, and what it takes is not there for pages", () => {
  const random = makeRandom(20_261_123);
  const below = (limit: number): number => Math.floor(random() * limit);
  for (let trial = 0; trial < 300; trial++) {
    const bytesMax = below(40);
    const cache = new PageCache(bytesMax);
    const pages: Kept<number>[] = [];
    let taken = 0;
    let drops = 0;
    const guest: CacheGuest = {
      used: true,
      drop(): void {
        assert(!this.used);
        drops++;
        charge(-taken);
        taken = 0;
      },
    };
    const charge = cache.admit(guest);
    for (let i = 0; i < 100; i++) {
      const more = below(4) === 0 ? below(10) : 0;
      taken += more;
      charge(more);
      if (below(8) === 0) guest.used = true;
      pages.push(cache.keep(i, 1 + below(8)));
      for (const page of pages) if (below(2) === 0) page.used = true;
      const kept = pages.filter(({ value }) => value !== undefined);
      assert.equal(kept.at(-1), pages[i]);
      assert.equal(cache.bytes, taken + kept.reduce((sum, { bytes }) => sum + bytes, 0));
      assert(cache.bytes <= bytesMax || kept.length <= 2 || taken > 0);
    }
    assert(drops > 0, `${drops} in trial ${trial}`);
  }
});
