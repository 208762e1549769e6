/**
 * Opens a database: takes the lock, reads the manifest, replays what ended sessions have left.
 *
 * The order of what is written, and why:
 *
 * 1. The root and `sessions/` are synced: an earlier rename may be in the cache only.
 * 2. What no manifest lists is removed: nobody was promised it.
 * 3. Session files are read, made durable, and judged.
 * 4. What is committed in them goes into run files, and one manifest lists these, says up to where each
 *    session is done with, and reserves session ids.
 * 5. Corrupt sessions are marked, then moved. Before 4 they would take their committed intents along.
 * 6. Files in which nothing is left are removed.
 *
 * Where incidence rows cannot be derived because edges are in a damaged run file, the sessions that wrote
 * such edges are not done with in 4, and the next opening replays them again. If one of them is corrupt,
 * a manifest reserves session ids, and all else of 4, 5 and 6 is left out.
 *
 * A crash anywhere leaves a database that opens to the same content: up to 4 nothing has happened, and
 * what follows is repeated.
 *
 * @module
 */

import { loadChecksum } from "../bytes/checksum.ts";
import { monotonicMs } from "../clock/clock.ts";
import { HybridClock } from "../clock/hybrid_clock.ts";
import { Revision } from "../clock/revision.ts";
import { asInfiniteDbError, BusyError, CorruptionError, NotFoundError } from "../errors.ts";
import { claimRoot, type RootClaim, WHOLE_ROOT } from "../file/lock.ts";
import { joinPath } from "../file/path.ts";
import { locateRoot } from "../file/platform.ts";
import type { FileStorage } from "../file/storage.ts";
import { READ_ONLY_SCANS_MAX } from "../limits.ts";
import { type DataEntry, EntryList } from "../segment/entry_list.ts";
import { prepareDirectories, SESSIONS_DIRECTORY } from "../segment/opening.ts";
import { QUARANTINE_DIRECTORY } from "../segment/torn_tail.ts";
import {
  listMarked,
  listQuarantined,
  mark,
  moveMarked,
  type QuarantinedFile,
} from "../session/quarantine.ts";
import { type RecoveredSession, recoverSession } from "../session/recovery.ts";
import { RecoveryReport } from "../session/recovery_report.ts";
import { highestSession, listSessions, removeUnfinished } from "../session/session_files.ts";
import { Manifest, MANIFEST_NAME, readManifest } from "../store/manifest.ts";
import { type ManifestState, newManifestState } from "../store/manifest_state.ts";
import { runPath, RUNS_NAME } from "../store/run_files.ts";
import { Store } from "../store/store.ts";
import { Core } from "./core.ts";
import { faultOf } from "./entry_fault.ts";
import type { Settings } from "./options.ts";

/** A database that was opened. */
export interface Opened {
  /** What it is made of. */
  core: Core;
  /** What was found and done. */
  recovery: RecoveryReport;
  /** The files of corrupt sessions. */
  quarantined: QuarantinedFile[];
  /** The lock; undefined when it was opened to read. */
  claim: RootClaim | undefined;
}

/**
 * Opens a database.
 *
 * @param root The root, as a path or `file:` URL
 * @param settings How
 */
export async function openCore(root: string | URL, settings: Settings): Promise<Opened> {
  const { storage, path } = await locateRoot(root, settings.storage);
  await loadChecksum();
  const begun: { store?: Store } = {};
  try {
    if (settings.readOnly) return await openToRead(storage, path, settings, begun);
    if (!settings.create && !storage.exists(joinPath(path, MANIFEST_NAME))) {
      throw noDatabase(storage, path);
    }
    const claim = await claimRoot(storage, path, WHOLE_ROOT, settings.lockTimeoutMs);
    try {
      return { ...await openToWrite(storage, path, settings, begun), claim };
    } catch (error) {
      claim.release();
      throw error;
    }
  } catch (error) {
    await begun.store?.close(); // Nobody else ever lets go of the files it has open.
    throw asInfiniteDbError(error, `open ${path}`, path);
  }
}

async function openToWrite(
  storage: FileStorage,
  root: string,
  settings: Settings,
  begun: { store?: Store },
): Promise<Omit<Opened, "claim">> {
  const startMs = monotonicMs();
  const warnings = prepareDirectories(storage, root);
  const names = [SESSIONS_DIRECTORY, RUNS_NAME, QUARANTINE_DIRECTORY];
  for (const directory of [root, ...names.map((name) => joinPath(root, name))]) {
    removeUnfinished(storage, directory);
  }
  const { manifest, created } = await readOrCreate(storage, root);
  removeUnlisted(storage, root, manifest.state);

  const clock = new HybridClock(settings.clock, manifest.state.highest);
  const store = new Store(storage, root, manifest.state, settings.cacheBytesMax);
  begun.store = store;
  const marked = listMarked(storage, root);
  const sessions = await recover(storage, root, settings, store, manifest.state, marked);
  for (const { judgement } of sessions) {
    if (judgement.highest !== undefined) clock.observe(judgement.highest);
  }
  const nextSession = Math.max(manifest.state.nextSession, highestSession(storage, root) + 1);
  const core = new Core(root, storage, clock, store, manifest, nextSession, settings);
  for (const session of sessions) takeUp(core, session);
  const { retirement } = core.sessions;
  retirement.gone(withoutFiles(storage, root, manifest.state));
  publish(core, sessions);
  const damaged = sessions.filter(({ damages }) => damages.length > 0);
  const failure = whyNoFlush(core, damaged.map(({ id }) => id));
  if (failure === undefined) {
    await core.flushNow((state) => ({ ...state, nextSession: core.ids.end }));
    for (const { id, damages } of damaged) await mark(storage, root, id, damages);
    moveMarked(storage, root, new Set([...marked, ...damaged.map(({ id }) => id)]));
    retirement.gone(damaged.map(({ id }) => id));
  } else {
    core.flushFailure = failure; // Session files stay, the corrupt ones too: all that is in them is safe.
    await manifest.update((state) => ({ ...core.refreshed(state), nextSession: core.ids.end }));
  }

  const reports = sessions.map(({ report }) => report);
  warnings.push(...sessions.flatMap((each) => each.warnings));
  for (const [session, { message }] of core.graphs.doubtful()) {
    warnings.push(
      `Session ${session} stays in its files, rows of its edges are missing: ${message}`,
    );
  }
  const elapsedMs = monotonicMs() - startMs;
  return {
    core,
    recovery: new RecoveryReport(created, reports, warnings, elapsedMs),
    quarantined: [
      ...listQuarantined(storage, root),
      ...failure === undefined ? [] : inTheirPlaces(damaged),
    ],
  };
}

/**
 * What keeps a flush from succeeding, if that is known. Where edges in a damaged file are needed to derive
 * incidence rows, their sessions are replayed at every opening: corrupt ones stay where they are for that,
 * and the database opens without a flush.
 */
function whyNoFlush({ graphs }: Core, damaged: readonly number[]): CorruptionError | undefined {
  graphs.derive();
  return damaged.map((session) => graphs.doubtOf(session)).find((each) => each !== undefined);
}

/** Corrupt session files that are not moved. */
function inTheirPlaces(damaged: readonly RecoveredSession[]): QuarantinedFile[] {
  return damaged.flatMap(({ id, damages }) =>
    damages.map(({ name, offset, reason }) => {
      const file = `${SESSIONS_DIRECTORY}/${name}`;
      return { file, movedTo: file, session: id, offset, reason };
    })
  );
}

/** Reads between two looks at the manifest, until nobody changed it meanwhile. */
async function openToRead(
  storage: FileStorage,
  root: string,
  settings: Settings,
  begun: { store?: Store },
): Promise<Opened> {
  const startMs = monotonicMs();
  for (let attempts = 1; attempts <= READ_ONLY_SCANS_MAX; attempts++) {
    const before = readManifest(storage, root);
    if (before === undefined) throw noDatabase(storage, root);
    const { state } = before;
    const isStill = (): boolean => {
      const after = readManifest(storage, root);
      return after !== undefined && sameBytes(before.bytes, after.bytes);
    };
    let store: Store | undefined;
    let sessions: RecoveredSession[];
    try {
      store = begun.store = new Store(storage, root, state, settings.cacheBytesMax);
      store.holdFiles();
      const marked = listMarked(storage, root);
      sessions = await recover(storage, root, settings, store, state, marked);
    } catch (error) {
      await store?.close();
      if (isStill()) throw error;
      continue; // A file that the manifest listed is gone, since its writer has replaced both.
    }
    if (!isStill()) {
      await store.close();
      continue;
    }

    const clock = new HybridClock(settings.clock, state.highest);
    const manifest = new Manifest(storage, root, state);
    const core = new Core(root, storage, clock, store, manifest, state.nextSession, settings);
    for (const { judgement } of sessions) {
      if (judgement.highest !== undefined) clock.observe(judgement.highest);
    }
    for (const session of sessions) takeUp(core, session);
    publish(core, sessions);
    const reports = sessions.map(({ report }) => report);
    const warnings = sessions.flatMap((each) => each.warnings);
    const elapsedMs = monotonicMs() - startMs;
    return {
      core,
      recovery: new RecoveryReport(false, reports, warnings, elapsedMs),
      quarantined: [...listQuarantined(storage, root), ...inTheirPlaces(sessions)],
      claim: undefined,
    };
  }
  throw new BusyError(
    `Cannot read ${root}: its writer changed the manifest during each of ${READ_ONLY_SCANS_MAX} attempts; try again`,
    { file: joinPath(root, MANIFEST_NAME) },
  );
}

/** A database without a manifest is no new one: somebody has lost a file. */
async function readOrCreate(
  storage: FileStorage,
  root: string,
): Promise<{ manifest: Manifest; created: boolean }> {
  const found = readManifest(storage, root);
  if (found !== undefined) {
    return { manifest: new Manifest(storage, root, found.state), created: false };
  }
  checkNothingLeft(storage, root);
  const manifest = new Manifest(storage, root, newManifestState());
  await manifest.update((state) => state);
  return { manifest, created: true };
}

/** Run files that no manifest lists: of a flush that did not come to its end. */
function removeUnlisted(storage: FileStorage, root: string, state: ManifestState): void {
  const listed = new Set(state.runs.map(({ id }) => runPath(root, id)));
  const directory = joinPath(root, RUNS_NAME);
  for (const name of storage.list(directory)) {
    const path = joinPath(directory, name);
    if (/^\d+\.run$/.test(name) && !listed.has(path)) storage.remove(path);
  }
}

async function recover(
  storage: FileStorage,
  root: string,
  settings: Settings,
  store: Store,
  state: ManifestState,
  marked: ReadonlySet<number>,
): Promise<RecoveredSession[]> {
  const { clock, readOnly } = settings;
  const check = (entry: DataEntry): string | undefined => faultOf(store, entry);
  const recovered: RecoveredSession[] = [];
  for (const [id, media] of listSessions(storage, root)) {
    if (marked.has(id)) continue;
    const sealedThrough = state.sealedThrough.get(id);
    const how = { storage, root, clock, readOnly, check };
    recovered.push(await recoverSession(how, id, media, sealedThrough));
  }
  return recovered;
}

/** What was interrupted stays with its session; of a corrupt one it stays in the file set aside. */
function takeUp(core: Core, session: RecoveredSession): void {
  const { judgement, damages, id } = session;
  if (damages.length === 0) return core.sessions.takeUp(session);
  core.sessions.retirement.begin(id, undefined, judgement.settled);
  core.sessions.retirement.hold(id);
}

/** Publishes in the order of revisions, whatever the order of files. */
function publish(core: Core, sessions: readonly RecoveredSession[]): void {
  const intents = sessions.flatMap(({ judgement }) => judgement.committed);
  intents.sort((a, b) => Revision.compare(a.verdict.first, b.verdict.first));
  for (const { verdict: { first, last }, entries } of intents) {
    const ordinal = core.sessions.history.commit(first.session, first, last);
    core.store.publish(ordinal, EntryList.of(entries));
  }
}

function withoutFiles(storage: FileStorage, root: string, state: ManifestState): number[] {
  const withFiles = listSessions(storage, root);
  return [...state.sealedThrough.keys()].filter((id) => !withFiles.has(id));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/**
 * Throws when there are files that only a database can have left.
 *
 * @throws {CorruptionError} Then: the manifest was lost
 */
function checkNothingLeft(storage: FileStorage, root: string): void {
  const file = joinPath(root, MANIFEST_NAME);
  const left = [
    ...[...listSessions(storage, root).keys()].map((id) => `the session ${id}`),
    ...storage.list(joinPath(root, RUNS_NAME)).map((name) => `the run file ${name}`),
    ...[...listMarked(storage, root)].map((id) => `the quarantined session ${id}`),
  ];
  if (left.length === 0) return;
  throw new CorruptionError(
    `${file} is missing, but ${left[0]} is there; this is no new database, restore the file`,
    { file, expected: "a manifest", found: left },
  );
}

function noDatabase(storage: FileStorage, root: string): NotFoundError {
  checkNothingLeft(storage, root);
  const file = joinPath(root, MANIFEST_NAME);
  return new NotFoundError(`There is no database at ${root}: ${file} is missing`, { file });
}
