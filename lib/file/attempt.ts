/**
 * Turns the platforms' errors into this module's. Deno and `node:fs` both put the errno name on them.
 *
 * @module
 */

import {
  AlreadyExistsError,
  asInfiniteDbError,
  type InfiniteDbError,
  NotFoundError,
  systemCode,
  UnsupportedError,
} from "../errors.ts";

/**
 * Calls the platform and gives its errors our types.
 *
 * @param action What is done, for the message: "Cannot {action} {path}"
 * @param path The file
 * @param call The platform's call
 * @returns What the call returned
 */
export function attempt<T>(action: string, path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw typedError(error, action, path);
  }
}

/**
 * Opens a directory to sync it; one that may not be read is `unsupported`, no failure of the disk.
 *
 * @param path The directory
 * @param call The platform's call
 * @returns What the call returned
 */
export function openDirectory<T>(path: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    const code = systemCode(error);
    if (code !== "EACCES" && code !== "EPERM") throw typedError(error, "open directory", path);
    throw new UnsupportedError(`Cannot sync ${path}: it may not be read`, {
      file: path,
      cause: error,
    });
  }
}

/**
 * Repeats a read or write that a signal interrupted before it did anything. A failed sync is never
 * repeated.
 *
 * @param call The platform's call
 * @returns What the call returned
 */
export function uninterrupted<T>(call: () => T): T {
  while (true) {
    try {
      return call();
    } catch (error) {
      if (systemCode(error) !== "EINTR") throw error;
    }
  }
}

/**
 * The typed form of a platform's error.
 *
 * @param error What the platform threw
 * @param action What was done
 * @param path The file
 */
export function typedError(error: unknown, action: string, path: string): InfiniteDbError {
  const facts = { file: path, cause: error };
  switch (systemCode(error)) {
    case "ENOENT":
      return new NotFoundError(`Cannot ${action} ${path}: there is no such file`, facts);
    case "EEXIST":
      return new AlreadyExistsError(`Cannot ${action} ${path}: it exists`, facts);
    default:
      return asInfiniteDbError(error, `${action} ${path}`, path);
  }
}
