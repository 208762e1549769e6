import assert from "node:assert/strict";
import { test } from "node:test";
import { CommitFlight, CommitGuard } from "../../lib/session/commit_guard.ts";
import { lineEntry } from "../support/database_fixture.ts";
import { isPending } from "../support/database_fixture.ts";

function flight(refuses: boolean, ...places: number[]): CommitFlight {
  return new CommitFlight(places.map((place) => [lineEntry(place)]), refuses);
}

function inFlight(...flights: CommitFlight[]): CommitGuard {
  const guard = new CommitGuard();
  for (const each of flights) guard.begin(each);
  return guard;
}

test("blocker() lets everybody go where nobody refuses", () => {
  const guard = inFlight(flight(false, 1, 2));
  assert.equal(guard.blocker(flight(false, 1, 2)), undefined);
});

test("blocker() holds a reporting flight for a refusing one at one of its addresses", () => {
  const refusing = flight(true, 1, 2);
  const guard = inFlight(refusing, flight(false, 3));
  assert.equal(guard.blocker(flight(false, 9, 2)), refusing);
  assert.equal(guard.blocker(flight(false, 3)), undefined);
});

test("blocker() holds a refusing flight for any at one of its addresses", () => {
  const [reporting, refusing] = [flight(false, 3), flight(true, 1, 2)];
  const guard = inFlight(reporting, refusing);
  assert.equal(guard.blocker(flight(true, 3)), reporting);
  assert.equal(guard.blocker(flight(true, 2, 8)), refusing);
  assert.equal(guard.blocker(flight(true, 8)), undefined);
});

test("end() lets those go who waited", async () => {
  const refusing = flight(true, 1);
  const guard = inFlight(refusing);
  const landed = refusing.landed();
  assert(await isPending(landed));
  guard.end(refusing);
  await landed;
  assert.equal(guard.blocker(flight(true, 1)), undefined);
  assert.equal(guard.blocker(flight(false, 1)), undefined);
});

test("the same point in another space is another address", () => {
  const guard = inFlight(new CommitFlight([[lineEntry(1, 7, 1)]], true));
  assert.equal(guard.blocker(new CommitFlight([[lineEntry(1, 7, 2)]], true)), undefined);
});
