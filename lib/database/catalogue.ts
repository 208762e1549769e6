/**
 * Which spaces a database has: creates them, and finds them for whoever names one.
 *
 * @module
 */

import { AlreadyExistsError, describe, InvalidArgumentError, NotFoundError } from "../errors.ts";
import type { SpaceReference } from "../session/session.ts";
import type { Manifest } from "../store/manifest.ts";
import type { SpaceRecord } from "../store/manifest_state.ts";
import type { Axis, Space, SpaceConfig } from "../store/space.ts";
import { checkSpaceConfig, checkSpaceName } from "../store/space_checks.ts";
import type { Store } from "../store/store.ts";

/** The spaces of one open database. */
export class Catalogue {
  readonly #store: Store;
  readonly #manifest: Manifest;

  /**
   * @param store What they hold
   * @param manifest What says that they exist
   */
  constructor(store: Store, manifest: Manifest) {
    this.#store = store;
    this.#manifest = manifest;
  }

  /**
   * The space that is meant.
   *
   * @param reference Its name, or its handle
   * @throws {NotFoundError} If there is none
   * @throws {InvalidArgumentError} If it is a handle of another database, or no reference at all
   */
  find(reference: SpaceReference): SpaceRecord {
    const name = typeof reference === "string" ? reference : reference?.name;
    const record = typeof name === "string" ? this.#store.byName(name) : undefined;
    if (record === undefined) {
      if (typeof name !== "string") {
        throw new InvalidArgumentError(
          `A space is given by its name or its handle, not ${describe(reference)}`,
          { found: reference },
        );
      }
      throw new NotFoundError(`There is no space ${describe(name)}; create it first`, {
        found: name,
      });
    }
    if (typeof reference !== "string" && this.#store.space(name) !== reference) {
      throw new InvalidArgumentError(
        `The handle of space ${describe(name)} is of another database`,
        { found: reference },
      );
    }
    return record;
  }

  /**
   * Creates a space, or finds the one that is as asked.
   *
   * @param name Its name
   * @param config What it is like
   */
  async create<Data>(name: string, config: SpaceConfig): Promise<Space<Data>> {
    checkSpaceName(name);
    const info = checkSpaceConfig(config);
    const same = (record: SpaceRecord): boolean => {
      if (
        record.dims === info.dims && record.bits === info.bits &&
        record.retention === info.retention && sameAxes(record.axes, info.axes)
      ) return true;
      throw new AlreadyExistsError(
        `The space ${
          describe(name)
        } exists with ${record.dims} dimensions of ${record.bits} bits, retention ${record.retention}`,
        { expected: info, found: record },
      );
    };
    const existing = this.#store.byName(name);
    if (existing === undefined || !same(existing)) {
      await this.#manifest.update((state) => {
        const other = state.spaces.find((each) => each.name === name);
        if (other !== undefined && same(other)) return state;
        const record = { ...info, id: state.nextSpace, name };
        return {
          ...state,
          spaces: [...state.spaces, record],
          nextSpace: state.nextSpace + 1,
        };
      });
      const created = this.#manifest.state.spaces.find((each) => each.name === name);
      if (this.#store.byName(name) === undefined) this.#store.addSpace(created!);
    }
    return this.#store.space<Data>(name);
  }
}

function sameAxes(a: readonly Axis[], b: readonly Axis[]): boolean {
  return a.length === b.length &&
    a.every(({ name, min, max }, i) => name === b[i].name && min === b[i].min && max === b[i].max);
}
