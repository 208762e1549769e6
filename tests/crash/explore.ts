/**
 * Tries what a crash can leave behind: every crash point of a scenario, every end, every state of the
 * disk or a seeded sample of them, and crashes during the recovery from those, three deep.
 *
 * @module
 */

import * as realLibrary from "../../mod.ts";
import { type Choice, Disk } from "../support/crash_disk.ts";
import {
  CrashStorage,
  type FaultKind,
  type FaultPlan,
  type Sabotage,
} from "../support/crash_storage.ts";
import type { Library } from "./library.ts";
import { makeRandom, type Random } from "./random.ts";
import type { Past, Subject } from "./subject.ts";

/** Up to so many states of a point all are tried, whatever the quota, unless told otherwise; above, a sample. */
export const STATES_PER_POINT_MAX = 1024;

/** States of a point, at least, where they are to be few. */
const SPARSE_STATES = 4;

/** How deep crashes nest: one in the scenario, two in recoveries. */
const DEPTH_MAX = 3;

/** An operation that never comes. */
const NEVER = -1;

/** Of a crash during a recovery so many ends are tried: two kills, the others power losses. */
const ENDS_PER_NEST = 4;

/** The ways in which a call is made to fail. */
const FAULTS: readonly FaultKind[] = [
  "EIO",
  "ENOSPC",
  "EINTR",
  "short write",
  "sync fails, pages clean",
];

/** One crash: before which operation (-1: after the last), what it left, and what failed before. */
export interface Crash {
  at: number;
  /** A kill with a choice is one after which the system fails to write back what the choice does not keep. */
  end: "kill" | "power loss";
  choice?: Choice;
  fault?: FaultPlan;
}

/** What was tried, and what was found. */
export interface Exploration {
  scenario: string;
  /** Crash points, or places at which a call was made to fail. */
  points: number;
  states: number;
  recoveries: number;
  violations: { history: Crash[]; message: string }[];
}

/** What to try. */
export interface ExploreOptions {
  seed: number;
  /** About how many states to try. */
  states: number;
  /** The code under test. */
  library?: Library;
  /** A broken storage, for the canaries. */
  sabotage?: Sabotage;
  /** Stop at the first violation. */
  stopAtFirst?: boolean;
  /** Keep to the number of states: of each point a few, and calls fail at some places only. */
  sparse?: boolean;
  /** Of all crash points only each so-manyth. */
  stride?: number;
}

/** A disk as a crash left it, and what it may hold. */
interface Aftermath {
  disk: Disk;
  past: Past;
  history: Crash[];
}

/** Explores one scenario. */
export class Explorer {
  readonly #subject: Subject;
  readonly #options: ExploreOptions;
  readonly #library: Library;
  readonly #random: Random;
  readonly #result: Exploration;

  constructor(subject: Subject, options: ExploreOptions) {
    this.#subject = subject;
    this.#options = options;
    this.#library = options.library ?? realLibrary;
    this.#random = makeRandom(options.seed);
    this.#result = { scenario: subject.name, points: 0, states: 0, recoveries: 0, violations: [] };
  }

  /** Tries the crash points, sharing the states evenly among them. */
  async crashes(): Promise<Exploration> {
    const points = await this.#countOperations();
    const { seed, stride = 1 } = this.#options;
    for (let at = seed % stride; at <= points && !this.#done; at += stride) {
      await this.#explorePoint({ at, end: "kill" }, this.#options.states / points);
    }
    return this.#result;
  }

  /** Makes every call fail in every way, once and for ever, until a run passes untouched. */
  async faults(): Promise<Exploration> {
    const points = (await this.#countOperations()) * FAULTS.length * 2;
    const { states, sparse } = this.#options;
    const stride = sparse ? Math.max(1, Math.floor(points * SPARSE_STATES / states)) : 1;
    let first = 0;
    for (const kind of FAULTS) {
      for (const forever of [false, true]) {
        for (let at = first++ % stride; !this.#done; at += stride) {
          const fault = { kind, at, forever };
          const point: Crash = { at: NEVER, end: "kill", fault };
          if (!(await this.#explorePoint(point, states * stride / points))) break;
        }
      }
    }
    return this.#result;
  }

  /**
   * Repeats one history, and says what comes of it.
   *
   * @param history The crashes
   * @param tell Gets what happens, line by line
   * @returns The violation's message, or undefined if every promise was kept
   */
  async replay(
    history: readonly Crash[],
    tell: (line: string) => void = () => {},
  ): Promise<string | undefined> {
    let state = this.#beginning();
    const violations = this.#result.violations.length;
    for (const [i, crash] of history.entries()) {
      const crashed = await this.#runUntil(state, crash, i === 0);
      for (const line of crashed.log) tell(`  ${line}`);
      tell(crash.end);
      crashed.disk.pending().forEach((change, j) => {
        if (crash.choice === undefined) return;
        const torn = crash.choice.torn?.change === j
          ? ` torn after ${crash.choice.torn.bytes}`
          : "";
        tell(`  ${crash.choice.kept[j] ? "kept" : "lost"}${torn}: ${change}`);
      });
      state = this.#end(crashed, crash);
    }
    try {
      await this.#recover(state);
    } catch (error) {
      return messageOf(error);
    }
    return this.#result.violations[violations]?.message;
  }

  /** Leaves out of a history what its violation does not need. */
  async minimise(history: readonly Crash[]): Promise<Crash[]> {
    let best = [...history];
    for (let i = 0; i < best.length; i++) {
      const choice = best[i].choice;
      if (choice === undefined) continue;
      for (let j = 0; j < choice.kept.length; j++) {
        const current = best[i].choice!;
        if (current.kept[j]) continue;
        const kept = current.kept.with(j, true);
        const simpler = best.with(i, { ...best[i], choice: { ...current, kept } });
        if (await this.replay(simpler) !== undefined) best = simpler;
      }
    }
    return best;
  }

  get #done(): boolean {
    return this.#options.stopAtFirst === true && this.#result.violations.length > 0;
  }

  /** The operations of an untroubled run: as many crash points, and one at the end. */
  async #countOperations(): Promise<number> {
    const storage = new CrashStorage(new Disk());
    try {
      await this.#subject.begin().start(storage, this.#library).play();
    } catch (error) {
      this.#result.violations.push({ history: [], message: messageOf(error) });
    }
    return storage.operations;
  }

  /** Tries the states that a crash can leave; false if the fault it was to follow was never met. */
  async #explorePoint(point: Crash, states: number): Promise<boolean> {
    const crashed = await this.#runUntil(this.#beginning(), point, true);
    if (point.fault !== undefined && !crashed.faulted) return false;
    this.#result.points++;
    await this.#tryState(this.#end(crashed, point), 1);
    // States of recoveries that crash again come out of the same quota: about as many as outer ones.
    const [least, nestsAbove] = this.#options.sparse ? [SPARSE_STATES, ENDS_PER_NEST] : [8, 0];
    let left = Math.max(least, Math.ceil(states)) - 1;
    const outer = Math.min(STATES_PER_POINT_MAX, Math.max(least / 2, Math.floor(left / 2)));
    for (const choice of this.#choices(crashed.disk, outer)) {
      if (this.#done) return true;
      await this.#tryState(this.#end(crashed, { ...point, end: "power loss", choice }), 1);
      left--;
    }
    for (; left > nestsAbove && !this.#done; left -= ENDS_PER_NEST) {
      const choice = this.#randomChoice(crashed.disk);
      const ends: Crash[] = [point, { ...point, choice }, { ...point, end: "power loss", choice }];
      await this.#nest(this.#end(crashed, ends[Math.floor(this.#random() * ends.length)]), 2);
    }
    return true;
  }

  /** Recovers a state, checks it, goes on, and checks again. */
  async #tryState(state: Aftermath, depth: number): Promise<void> {
    this.#result.states++;
    try {
      await this.#recover({ ...state, disk: state.disk.clone() });
    } catch (error) {
      this.#result.violations.push({ history: state.history, message: messageOf(error) });
      return;
    }
    if (depth < DEPTH_MAX && this.#random() < 0.1) await this.#nest(state, depth + 1);
  }

  /** Crashes the recovery from a state. */
  async #nest(state: Aftermath, depth: number): Promise<void> {
    if (this.#done) return;
    const whole = new CrashStorage(state.disk.clone(), { sabotage: this.#options.sabotage });
    try {
      await state.past.clone().start(whole, this.#library).goOn();
    } catch (error) {
      this.#result.violations.push({ history: state.history, message: messageOf(error) });
      return;
    }
    const at = Math.floor(this.#random() * (whole.operations + 1));
    const kill: Crash = { at, end: "kill" };
    const crashed = await this.#runUntil(state, kill, false);
    const ends = [kill, { ...kill, choice: this.#randomChoice(crashed.disk) }];
    while (ends.length < ENDS_PER_NEST) {
      ends.push({ at, end: "power loss", choice: this.#randomChoice(crashed.disk) });
    }
    for (const end of ends) {
      if (!this.#done) await this.#tryState(this.#end(crashed, end), depth);
    }
  }

  /** Reopens, judges, goes on, and reopens once more. */
  async #recover(state: Aftermath): Promise<void> {
    const storage = new CrashStorage(state.disk, { sabotage: this.#options.sabotage });
    const process = state.past.clone().start(storage, this.#library);
    await process.goOn();
    await process.lookAgain();
    this.#result.recoveries += 2;
  }

  /** Plays the scenario, or a recovery, until the crash. */
  async #runUntil(
    state: Aftermath,
    crash: Crash,
    scenario: boolean,
  ): Promise<Aftermath & { faulted: boolean; log: string[] }> {
    const storage = new CrashStorage(state.disk.clone(), {
      crashAt: crash.at,
      fault: crash.fault,
      sabotage: this.#options.sabotage,
    });
    const past = state.past.clone();
    const process = past.start(storage, this.#library);
    try {
      await (scenario ? process.play() : process.goOn());
      // Without a crash the process ends here; what its failed calls left open ends with it.
    } catch (error) {
      this.#result.violations.push({
        history: [...state.history, crash],
        message: messageOf(error),
      });
    }
    const { disk, faulted, log } = storage;
    return { disk, past, history: state.history, faulted, log };
  }

  #beginning(): Aftermath {
    return { disk: new Disk(), past: this.#subject.begin(), history: [] };
  }

  #end(state: Aftermath, crash: Crash): Aftermath {
    return {
      disk: diskAfter(state.disk, crash),
      past: state.past,
      history: [...state.history, crash],
    };
  }

  /** All choices of a power loss if there are few enough, else the telling ones and a sample up to a limit. */
  *#choices(disk: Disk, limit: number): Generator<Choice> {
    const count = disk.pendingCount;
    if (2 ** count <= (this.#options.sparse ? limit : STATES_PER_POINT_MAX)) {
      for (let bits = 0; bits < 2 ** count; bits++) {
        yield { kept: Array.from({ length: count }, (_, i) => (bits >> i & 1) === 1) };
      }
      for (const { change, bytes } of disk.tearable()) {
        const torn = { change, bytes: 1 + Math.floor(this.#random() * (bytes - 1)) };
        yield { kept: new Array(count).fill(true), torn };
      }
      return;
    }
    yield { kept: new Array(count).fill(true) };
    yield { kept: new Array(count).fill(false) };
    for (let i = 2; i < limit; i++) yield this.#randomChoice(disk);
  }

  #randomChoice(disk: Disk): Choice {
    const keepRate = [0.1, 0.5, 0.9][Math.floor(this.#random() * 3)];
    const kept = Array.from({ length: disk.pendingCount }, () => this.#random() < keepRate);
    const tearable = disk.tearable();
    if (tearable.length === 0 || this.#random() < 0.6) return { kept };
    const { change, bytes } = tearable[Math.floor(this.#random() * tearable.length)];
    return { kept, torn: { change, bytes: 1 + Math.floor(this.#random() * (bytes - 1)) } };
  }
}

function diskAfter(disk: Disk, { end, choice }: Crash): Disk {
  if (choice === undefined) return disk;
  return end === "kill" ? disk.afterFailedWriteBack(choice) : disk.afterPowerLoss(choice);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
