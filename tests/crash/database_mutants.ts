/**
 * The database with one thing broken, each time another: what its crash scenarios must find.
 *
 * @module
 */

import type { Mutant } from "./mutants.ts";

/** What the lab must find of a database without graphs. */
export const DATABASE_MUTANTS: readonly Mutant[] = [
  { name: "a sync that does nothing", shownBy: "crashes", sabotage: "sync does nothing" },
  { name: "a rename that is lost", shownBy: "crashes", sabotage: "rename is lost" },
  { name: "a sync that answers early", shownBy: "crashes", sabotage: "sync answers early" },
  {
    name: "a commit that is published before its sync",
    shownBy: "crashes",
    scenario: "commit through the log",
    change: {
      file: "session/work_queue.ts",
      from: "trip.medium = await this.roads.travel(batch);",
      to: 'trip.medium = "wal" as const;\n      void this.roads.travel(batch).catch(() => {});',
    },
  },
  {
    name: "a verdict in a group before that of its entries",
    shownBy: "crashes",
    scenario: "commit through the log",
    change: {
      file: "session/batch.ts",
      from: 'if (operation.kind === "commit") this.#put(intent, medium);',
      to: 'if (operation.kind === "commit") void medium;',
    },
  },
  {
    name: "a commit whose failure counts as known",
    shownBy: "crashes",
    scenario: "both files fail at a commit",
    change: {
      file: "session/batch.ts",
      from: 'if (kind === "commit") intent.verdictHanded = true;',
      to: "",
    },
  },
  {
    name: "a session that forgets that a failed group may be whole",
    shownBy: "crashes",
    scenario: "both files fail at a commit",
    change: {
      file: "session/sessions.ts",
      from: "if (leftovers.uncertain !== undefined) {\n      this.retirement.hold(id);",
      to: "if (leftovers.uncertain !== undefined) {",
    },
  },
  {
    name: "an abandonment without a verdict",
    shownBy: "crashes",
    scenario: "abandon",
    change: {
      file: "session/stream.ts",
      from: "if (!intent.touched && !this.queue.busy) {",
      to: "if (!this.queue.busy) {",
    },
  },
  {
    name: "a recovery that takes entries of a torn group",
    shownBy: "crashes",
    scenario: "seal again and again, then commit",
    change: { file: "session/recovery.ts", from: "sink.end();", to: "" },
  },
  {
    name: "a recovery that replays what was settled elsewhere",
    shownBy: "crashes",
    scenario: "discard what an earlier process left",
    change: {
      file: "session/judgement.ts",
      from: "sealedThrough !== undefined && Revision.compare(revision, sealedThrough) <= 0;",
      to: "false;",
    },
  },
  {
    name: "sealedThrough past an intent that is pending",
    shownBy: "crashes",
    scenario: "abandon behind what was refused",
    change: {
      file: "session/retirement.ts",
      from: "if (pending !== undefined && Revision.compare(pending, last) < 0) return;",
      to: "",
    },
  },
  {
    name: "sealedThrough past an intent that was interrupted",
    shownBy: "crashes",
    scenario: "abandon behind what was refused",
    change: {
      file: "session/judgement.ts",
      from: "if (range.sound && inOrder) judgement.settled = verdict.last;",
      to: "if (range.sound) judgement.settled = verdict.last;",
    },
  },
  {
    name: "session files that go before the manifest is replaced",
    shownBy: "crashes",
    scenario: "flush and retire",
    change: {
      file: "database/core.ts",
      from: "const runs = await this.store.writeRuns(() => this.takeRunId());",
      to:
        "retirement.carryOut(plan);\n    const runs = await this.store.writeRuns(() => this.takeRunId());",
    },
  },
  {
    name: "a flush that does not replace the manifest",
    shownBy: "crashes",
    scenario: "flush and retire",
    change: {
      file: "database/core.ts",
      from: "if (runs.length > 0 || settled !== known.sealedThrough || change !== undefined) {",
      to: "if (change !== undefined && settled !== undefined) {",
    },
  },
  {
    name: "a flush that takes for settled what was committed meanwhile",
    shownBy: "crashes",
    scenario: "commit beside a flush",
    change: {
      file: "database/core.ts",
      from: "const settled = retirement.apply(known.sealedThrough, plan.settled);",
      to:
        "plan.settled = retirement.plan(0).settled;\n    const settled = retirement.apply(known.sealedThrough, plan.settled);",
    },
  },
  {
    name: "a number of a run file that is given twice",
    shownBy: "faults",
    scenario: "flush and retire",
    change: { file: "database/core.ts", from: "this.#nextRun = id + 1;", to: "" },
  },
  {
    name: "run files that are removed though the manifest in doubt may list them",
    shownBy: "faults",
    scenario: "flush and retire",
    change: {
      file: "database/core.ts",
      from: "if (!this.manifest.poisoned) { for (const run of runs) this.store.forget(run); }",
      to: "for (const run of runs) this.store.forget(run);",
    },
  },
  {
    name: "session ids that are not reserved at opening",
    shownBy: "crashes",
    scenario: "many session ids",
    change: {
      file: "database/opening.ts",
      from: "(state) => ({ ...state, nextSession: core.ids.end })",
      to: "(state) => state",
    },
  },
  {
    name: "session ids that are handed out before they are reserved",
    shownBy: "crashes",
    scenario: "many session ids",
    change: {
      file: "session/session_ids.ts",
      from: "this.#reserving = this.#reserve(end).then(",
      to: "this.#end = end;\n    this.#reserving = this.#reserve(end).then(",
    },
  },
  {
    name: "a clock that starts without the manifest's stamp",
    shownBy: "crashes",
    scenario: "close and reopen the database",
    change: {
      file: "database/opening.ts",
      from: "new HybridClock(settings.clock, manifest.state.highest)",
      to: "new HybridClock(settings.clock)",
    },
  },
  {
    name: "a clock that starts without the stamps of session files",
    shownBy: "crashes",
    scenario: "commit through the log",
    change: {
      file: "database/opening.ts",
      from:
        "if (judgement.highest !== undefined) clock.observe(judgement.highest);\n  }\n  const nextSession",
      to: "void judgement;\n  }\n  const nextSession",
    },
  },
  {
    name: "a manifest without the newest stamp",
    shownBy: "crashes",
    scenario: "close and reopen the database",
    change: {
      file: "database/core.ts",
      from: "highest: this.clock.last ?? state.highest",
      to: "highest: state.highest",
    },
  },
  {
    name: "an adoption without sealedThrough",
    shownBy: "crashes",
    scenario: "adopt what an earlier process left",
    change: {
      file: "database/core.ts",
      from: "await this.#list(adopted.runs, new Map([[session, last]]));",
      to: "void last;\n      await this.#list(adopted.runs, new Map());",
    },
  },
  {
    name: "a run file without a sync",
    shownBy: "crashes",
    scenario: "flush and retire",
    change: {
      file: "store/run_writer.ts",
      from: "await this.#sync.end();\n    const kept = this.#kept;",
      to: "const kept = this.#kept;",
    },
  },
  {
    name: "run files without a sync of their directory",
    shownBy: "crashes",
    scenario: "flush and retire",
    change: {
      file: "store/run_making.ts",
      from: "if (records.length > 0) files.syncNames();",
      to: "",
    },
  },
  {
    name: "a directory of run files whose name is not synced",
    shownBy: "crashes",
    scenario: "flush and retire",
    change: {
      file: "store/run_files.ts",
      from: "this.#storage.syncDirectory(this.#root);",
      to: "",
    },
  },
  {
    name: "session files removed without a sync of the directory",
    shownBy: "crashes",
    scenario: "adopt and discard of closed sessions",
    change: {
      file: "session/retirement.ts",
      from: "this.#storage.syncDirectory(directory);",
      to: "",
    },
  },
  {
    name: "an opening that does not sync the directories of the database",
    shownBy: "crashes",
    scenario: "discard what an earlier process left",
    change: {
      file: "segment/opening.ts",
      from: "storage.syncDirectory(joinPath(root, SESSIONS_DIRECTORY));\n",
      to: "",
    },
  },
  {
    name: "an opening that leaves run files which nobody lists",
    shownBy: "crashes",
    scenario: "adopt what an earlier process left",
    change: {
      file: "database/opening.ts",
      from: "removeUnlisted(storage, root, manifest.state);\n",
      to: "void removeUnlisted;\n",
    },
  },
  {
    name: "an opening that leaves temporary files",
    shownBy: "crashes",
    scenario: "commit through the log",
    change: {
      file: "database/opening.ts",
      from: "    removeUnfinished(storage, directory);",
      to: "    void removeUnfinished;",
    },
  },
  {
    name: "a manifest replaced without a sync of the directory",
    shownBy: "crashes",
    scenario: "discard what an earlier process left",
    change: {
      file: "file/replace.ts",
      from: "storage.syncDirectory(parentPath(path));",
      to: "parentPath(path);",
    },
  },
  {
    name: "inputs of a compaction removed before the manifest is replaced",
    shownBy: "crashes",
    scenario: "compact",
    change: {
      file: "database/compactor.ts",
      from: "const merged = await this.#merge(chosen);",
      to: "const merged = await this.#merge(chosen);\n    store.replace(chosen, merged);",
    },
  },
  {
    name: "a compaction that leaves out the last version",
    shownBy: "crashes",
    scenario: "compact",
    change: {
      file: "store/version_merge.ts",
      from: "if (key === Infinity) return false;",
      to: "if (key === Infinity || (keys.length > 1 && bound === Infinity)) return false;",
    },
  },
  {
    name: "a compaction that forgets what was flushed meanwhile",
    shownBy: "crashes",
    scenario: "commit and flush beside a merge",
    change: {
      file: "database/compactor.ts",
      from: "const others = newest.runs.filter(",
      to: "const others = listed.filter(",
    },
  },
  {
    name: "a number of a run file that a merge and a flush take both",
    shownBy: "crashes",
    scenario: "commit and flush beside a merge",
    change: {
      file: "database/compactor.ts",
      from: "this.#host.takeRunId(),",
      to: "this.#host.manifest.state.nextRun,",
    },
  },
  {
    name: "a merged file without a sync",
    shownBy: "crashes",
    scenario: "compact",
    change: {
      file: "store/run_writer.ts",
      from: "await this.#sync.end();\n    const kept = this.#kept;",
      to: "if (pages.entries < 5) await this.#sync.end();\n    const kept = this.#kept;",
    },
  },
  {
    name: "a merged file whose name is not synced",
    shownBy: "crashes",
    scenario: "compact",
    change: {
      file: "store/run_making.ts",
      from: "files.syncNames();\n      files.open(",
      to: "files.open(",
    },
  },
  {
    name: "a merged file that is removed though the manifest in doubt may list it",
    shownBy: "faults",
    scenario: "compact",
    change: {
      file: "database/compactor.ts",
      from: "if (!manifest.poisoned && merged.run !== undefined) store.forget(merged.run);",
      to: "if (merged.run !== undefined) store.forget(merged.run);",
    },
  },
  {
    name: "a past that is gone and not marked so",
    shownBy: "crashes",
    scenario: "compact where the latest is kept",
    change: {
      file: "database/compactor.ts",
      from: "return dropped === undefined ? state : withDropped(state, space, dropped);",
      to: "void dropped;\n        void withDropped;\n        return state;",
    },
  },
  {
    name: "a batch of which the log holds the beginning only",
    shownBy: "crashes",
    scenario: "insert many and commit",
    change: {
      file: "segment/group.ts",
      from: "for (let index = from; index < to; index++) {",
      to: "for (let index = from; index < Math.min(to, from + 20); index++) {",
    },
  },
];
