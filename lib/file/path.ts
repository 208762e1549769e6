/**
 * Paths, as strings with either separator; no platform module is needed for the little we do.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";

/**
 * The path that a root given as a string or `file:` URL stands for, without a separator at its end.
 *
 * @param root A path, or a `file:` URL
 * @returns The path
 * @throws {InvalidArgumentError} If it is empty, or a URL of another kind or of another machine
 */
export function rootPath(root: string | URL): string {
  const path = root instanceof URL ? filePath(root) : root;
  if (typeof path !== "string" || path === "" || path.includes("\0")) {
    throw new InvalidArgumentError(
      `A root is a path or a file: URL, and not empty; found ${describe(root)}`,
      { found: root },
    );
  }
  const trimmed = path.replace(onWindows(path) ? /[/\\]+$/ : /\/+$/, "");
  return trimmed === "" ? "/" : trimmed;
}

/**
 * The same path, from the top of the file system: what it means now it means for ever, wherever the
 * process goes.
 *
 * @param path A path
 * @param currentDirectory Tells the process's current directory; asked only for a relative path, since
 * it may have been removed
 */
export function absolutePath(path: string, currentDirectory: () => string): string {
  return path.startsWith("/") || onWindows(path) ? path : joinPath(currentDirectory(), path);
}

/**
 * Joins a directory and a name.
 *
 * @param directory A path
 * @param name A name in it
 */
export function joinPath(directory: string, name: string): string {
  return directory.endsWith("/") ? directory + name : `${directory}/${name}`;
}

/**
 * The directory a path lies in: "." for a bare name, "/" for "/".
 *
 * @param path A path without a separator at its end
 */
export function parentPath(path: string): string {
  const end = Math.max(path.lastIndexOf("/"), onWindows(path) ? path.lastIndexOf("\\") : -1);
  if (end < 0) return ".";
  return end === 0 ? "/" : path.slice(0, end);
}

/** A drive letter or a share; only there is "\\" a separator, elsewhere it is a letter like any other. */
function onWindows(path: string): boolean {
  return /^([A-Za-z]:|\\\\)/.test(path);
}

function filePath(url: URL): string {
  if (url.protocol !== "file:" || url.hostname !== "") {
    throw new InvalidArgumentError(
      `A root is a path or a file: URL of this machine, not ${url.href}`,
      {
        expected: "file:///",
        found: url.href,
      },
    );
  }
  try {
    const path = decodeURIComponent(url.pathname);
    return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path; // "/C:/x" is "C:/x" on Windows
  } catch (cause) {
    throw new InvalidArgumentError(`${url.href} has a percent sign that begins no character`, {
      found: url.href,
      cause,
    });
  }
}
