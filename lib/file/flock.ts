/**
 * `flock(2)` on Bun, through its foreign function interface: the same lock that Deno takes, so that
 * a Deno and a Bun process exclude each other, and one that the kernel frees when its holder dies.
 *
 * @module
 */

import process from "node:process";
import { IoError } from "../errors.ts";

/** Takes the exclusive lock of an open descriptor: false when another open file holds it. */
export type Flock = (descriptor: number) => boolean;

const LOCK_EXCLUSIVE = 2;
const LOCK_NOT_BLOCKING = 4;

interface Platform {
  libraries: readonly string[];
  errnoSymbol: string;
  interrupted: number;
  wouldBlock: number;
}

/**
 * Finds the platform's lock.
 *
 * @returns The lock, or undefined on a runtime or system that has none we have tested
 */
export async function loadFlock(): Promise<Flock | undefined> {
  const platform = describePlatform();
  if (process.versions.bun === undefined || platform === undefined) return undefined;
  const { dlopen, read } = await import("bun:ffi");
  for (const library of platform.libraries) {
    try {
      const { symbols } = dlopen(library, {
        flock: { args: ["i32", "i32"], returns: "i32" },
        [platform.errnoSymbol]: { args: [], returns: "ptr" },
      });
      const errno = (): number => read.i32(symbols[platform.errnoSymbol](), 0);
      return (descriptor) => lockDescriptor(symbols.flock, errno, platform, descriptor);
    } catch {
      continue; // Not this system's libc; the next name may be.
    }
  }
  return undefined;
}

function lockDescriptor(
  flock: (descriptor: number, operation: number) => number,
  errno: () => number,
  platform: Platform,
  descriptor: number,
): boolean {
  while (true) {
    if (flock(descriptor, LOCK_EXCLUSIVE | LOCK_NOT_BLOCKING) === 0) return true;
    const code = errno();
    if (code === platform.wouldBlock) return false;
    if (code !== platform.interrupted) throw new IoError(`flock failed with errno ${code}`);
  }
}

function describePlatform(): Platform | undefined {
  if (process.platform === "linux") {
    const machine = process.arch === "arm64" ? "aarch64" : "x86_64";
    const libraries = ["libc.so.6", `libc.musl-${machine}.so.1`];
    return { libraries, errnoSymbol: "__errno_location", interrupted: 4, wouldBlock: 11 };
  }
  if (process.platform === "darwin") {
    const libraries = ["libSystem.B.dylib"];
    return { libraries, errnoSymbol: "__error", interrupted: 4, wouldBlock: 35 };
  }
  return undefined;
}
