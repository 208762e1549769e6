import assert from "node:assert/strict";
import { test } from "node:test";
import { type Kept, PageCache } from "../../lib/store/page_cache.ts";

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
