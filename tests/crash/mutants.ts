/**
 * The library with one thing broken, each time another: the crash lab must notice every one of them, or
 * its silence about the real thing means nothing.
 *
 * A mutant is a copy of `lib/` with one piece of text replaced, loaded from a directory of its own.
 *
 * @module
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { projectPath } from "../support/runtime.ts";
import type { Sabotage } from "../support/crash_storage.ts";
import type { Library } from "./library.ts";

/** Something that is broken. */
export interface Mutant {
  /** What is broken, in words. */
  name: string;
  /** Whether crashes show it, or calls that fail. */
  shownBy: "crashes" | "faults";
  /** The scenario to try first, where it is known which one shows it. */
  scenario?: string;
  /** In the library: this text of this file becomes that. */
  change?: { file: string; from: string; to: string };
  /** Or in the storage. */
  sabotage?: Sabotage;
}

/** What the lab must find of a segment. The first four are the canaries; the others are steps that must not be left out. */
export const MUTANTS: readonly Mutant[] = [
  { name: "a sync that does nothing", shownBy: "crashes", sabotage: "sync does nothing" },
  { name: "a rename that is lost", shownBy: "crashes", sabotage: "rename is lost" },
  { name: "a sync that answers early", shownBy: "crashes", sabotage: "sync answers early" },
  {
    name: "a recovery that skips the checksum",
    shownBy: "crashes",
    change: {
      file: "segment/frame_reader.ts",
      from: "if (!equalBytes(checksum(payload), claimed)) {",
      to: "if (!equalBytes(claimed, claimed)) {",
    },
  },
  {
    name: "a seal that answers without a sync",
    shownBy: "crashes",
    change: {
      file: "segment/segment.ts",
      from: "this.#guard(() => this.#file.syncData())",
      to: "Promise.resolve()",
    },
  },
  {
    name: "a header that names the group it is written with",
    shownBy: "crashes",
    change: {
      file: "segment/writer.ts",
      from: "encodeCommittedLength(this.#boundary.bytes, ",
      to: "encodeCommittedLength((this.#next ?? this.#boundary).bytes, ",
    },
  },
  {
    name: "a roll-back without a sync",
    shownBy: "crashes",
    scenario: "deadline passes during the sync",
    change: {
      file: "segment/segment.ts",
      from: "this.#writable().cut();\n      await this.#file.syncData();",
      to: "this.#writable().cut();",
    },
  },
  {
    name: "an opening that syncs bytes and header together",
    shownBy: "faults",
    change: {
      file: "segment/opening.ts",
      from: "await file.syncData();\n  writer.writeHeader();",
      to: "writer.writeHeader();",
    },
  },
  {
    name: "an opening that does not write again what follows H",
    shownBy: "faults",
    change: {
      file: "segment/opening.ts",
      from: "copyBytes(file, file, facts.headerBytes, boundary.bytes);",
      to: "",
    },
  },
  {
    name: "an opening that does not make the cut again",
    shownBy: "crashes",
    scenario: "deadline passes during the sync",
    change: {
      file: "segment/opening.ts",
      from: "if (facts.fileBytes === boundary.bytes) file.truncate(boundary.bytes + 1);",
      to: "",
    },
  },
  {
    name: "an opening that does not sync the directories",
    shownBy: "crashes",
    change: {
      file: "segment/opening.ts",
      from:
        "storage.syncDirectory(joinPath(root, SESSIONS_DIRECTORY));\n  storage.syncDirectory(root);",
      to: "",
    },
  },
  {
    name: "an opening that does not write the header again",
    shownBy: "faults",
    change: {
      file: "segment/opening.ts",
      from: "writer.writeHeader();\n  await file.syncData();\n  return writer;",
      to: "return writer;",
    },
  },
  {
    name: "a replacement without a sync of the directory",
    shownBy: "crashes",
    change: {
      file: "file/replace.ts",
      from: "storage.syncDirectory(parentPath(path));",
      to: "parentPath(path);",
    },
  },
  {
    name: "a replacement without a sync of the file",
    shownBy: "crashes",
    change: { file: "file/replace.ts", from: "await file.syncData();", to: "await file.size();" },
  },
];

/**
 * Loads the library as a mutant has it.
 *
 * @param mutant Which
 * @returns The module
 */
export async function loadMutant(mutant: Mutant): Promise<Library> {
  const { change } = mutant;
  if (change === undefined) return await import("../../mod.ts");
  const directory = directoryOf(mutant);
  mkdirSync(directory, { recursive: true });
  cpSync(`${projectPath}lib`, `${directory}/lib`, { recursive: true });
  cpSync(`${projectPath}mod.ts`, `${directory}/mod.ts`);
  const file = `${directory}/lib/${change.file}`;
  const text = readFileSync(file, "utf8");
  if (text.split(change.from).length !== 2) {
    throw new Error(`${change.file} does not have exactly once: ${change.from}`);
  }
  writeFileSync(file, text.replace(change.from, change.to));
  return await import(pathToFileURL(`${directory}/mod.ts`).href);
}

/**
 * Removes the copy; that of no other mutant, which another thread may be trying.
 *
 * @param mutant Which
 */
export function removeMutant(mutant: Mutant): void {
  rmSync(directoryOf(mutant), { recursive: true, force: true });
}

function directoryOf({ name }: Mutant): string {
  return `${projectPath}tmp/mutants/${process.pid}-${name.replaceAll(" ", "-")}`;
}
