import assert from "node:assert/strict";
import { test } from "node:test";
import { type CacheGuest, type Kept, PageCache } from "../../lib/store/page_cache.ts";
import { makeRandom } from "../crash/random.ts";

test("a cache never keeps more bytes than it may, and says how many", () => {
  const cache = new PageCache(100);
  const all: Kept<number>[] = [];
  for (let i = 0; i < 500; i++) {
    all.push(cache.keep(i, 1 + i * 7 % 30));
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
