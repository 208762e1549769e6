/**
 * Which spaces and graphs a database has: creates them, and finds them for whoever names one.
 *
 * @module
 */

import {
  AlreadyExistsError,
  CorruptionError,
  describe,
  InvalidArgumentError,
  NotFoundError,
} from "../errors.ts";
import { checkGraphConfig, type GraphConfig, sameGraphRules } from "../graph/graph_config.ts";
import type { SpaceReference } from "../session/session.ts";
import type { Manifest } from "../store/manifest.ts";
import type { GraphRecord, ManifestState, SpaceRecord } from "../store/manifest_state.ts";
import { isGraph } from "../store/names.ts";
import type { Axis, Space, SpaceConfig } from "../store/space.ts";
import { checkSpaceConfig, checkSpaceName } from "../store/space_checks.ts";
import type { Store } from "../store/store.ts";

/** The spaces and graphs of one open database. */
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
    const name = nameIn(reference, "space");
    const stored = this.#store.names.find(name);
    if (stored === undefined) throw missing("space", name);
    checkHandle(reference, stored.reader, "space", name);
    return stored.record;
  }

  /**
   * The graph that is meant.
   *
   * @param reference Its name, or its handle
   * @param handle The handle of a graph of this database
   * @throws {NotFoundError} If there is none
   * @throws {InvalidArgumentError} If it is a handle of another database, or no reference at all
   */
  findGraph(reference: SpaceReference, handle: (record: GraphRecord) => unknown): GraphRecord {
    const name = nameIn(reference, "graph");
    const record = this.#store.names.findGraph(name);
    if (record === undefined) throw missing("graph", name);
    if (typeof reference !== "string") checkHandle(reference, handle(record), "graph", name);
    return record;
  }

  /**
   * The number of a space or graph.
   *
   * @param name Its name
   * @throws {NotFoundError} If there is neither
   */
  numberOf(name: string): number {
    return this.#store.names.findGraph(name)?.id ?? this.find(name).id;
  }

  /**
   * The name of a space or graph that there is.
   *
   * @param number Its number
   * @throws {CorruptionError} If there is neither
   */
  nameOf(number: number): string {
    const record = this.#store.byId(number);
    if (record !== undefined) return record.name;
    throw new CorruptionError(`Something is stored of space ${number}, which does not exist`, {
      found: number,
    });
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
    await this.#register({
      name,
      isThere: () => this.#store.byName(name) !== undefined,
      find: ({ spaces }) => spaces.find((each) => each.name === name),
      isSame: (record) =>
        record.dims === info.dims && record.bits === info.bits &&
        record.retention === info.retention && sameAxes(record.axes, info.axes),
      differs: (record) =>
        `with ${record.dims} dimensions of ${record.bits} bits, retention ${record.retention}`,
      listed: (state, id) => ({ ...state, spaces: [...state.spaces, { ...info, id, name }] }),
      add: (record) => this.#store.addSpace(record),
    });
    return this.#store.space<Data>(name);
  }

  /**
   * Creates a graph, or finds the one that is as asked.
   *
   * @param name Its name
   * @param config What it is like
   */
  async createGraph(name: string, config?: GraphConfig): Promise<GraphRecord> {
    checkSpaceName(name, "A graph");
    const rules = checkGraphConfig(config);
    const { names } = this.#store;
    await this.#register({
      name,
      isThere: () => names.findGraph(name) !== undefined,
      find: ({ graphs }) => graphs.find((each) => each.name === name),
      isSame: (record) => sameGraphRules(record, rules),
      differs: () => "with other kinds",
      listed: (state, id) => ({ ...state, graphs: [...state.graphs, { ...rules, id, name }] }),
      add: (record) => this.#store.addGraph(record),
    });
    return names.findGraph(name)!;
  }

  /** Both a space and a graph are there once the manifest lists them. */
  async #register<Wanted extends SpaceRecord | GraphRecord>(
    how: Registration<Wanted>,
  ): Promise<void> {
    const { name } = how;
    const isListed = (state: ManifestState): boolean => {
      const found = how.find(state);
      if (found === undefined) {
        checkFree(state, name);
        return false;
      }
      if (how.isSame(found)) return true;
      throw new AlreadyExistsError(`${describe(name)} exists ${how.differs(found)}`, {
        found,
      });
    };
    if (isListed(this.#manifest.state) && how.isThere()) return;
    await this.#manifest.update((state) => {
      if (isListed(state)) return state;
      return how.listed({ ...state, nextSpace: state.nextSpace + 1 }, state.nextSpace);
    });
    if (!how.isThere()) how.add(how.find(this.#manifest.state)!);
  }
}

/** How a space or graph is created. */
interface Registration<Wanted> {
  name: string;
  /** Whether the store knows it. */
  isThere(): boolean;
  /** What the manifest lists under the name. */
  find(state: ManifestState): Wanted | undefined;
  /** Whether that is as asked. */
  isSame(record: Wanted): boolean;
  /** How it is, in words. */
  differs(record: Wanted): string;
  /** A state that lists it. */
  listed(state: ManifestState, id: number): ManifestState;
  /** Makes it known to the store. */
  add(record: Wanted): void;
}

/** A space and a graph of one name could not be told apart where only a name is given. */
function checkFree({ spaces, graphs }: ManifestState, name: string): void {
  const other = [...spaces, ...graphs].find((each) => each.name === name);
  if (other === undefined) return;
  const kind = isGraph(other) ? "graph" : "space";
  throw new AlreadyExistsError(`There is a ${kind} ${describe(name)}; take another name`, {
    found: other,
  });
}

function nameIn(reference: SpaceReference, kind: string): string {
  const name: unknown = typeof reference === "string" ? reference : reference?.name;
  if (typeof name === "string") return name;
  throw new InvalidArgumentError(
    `A ${kind} is given by its name or its handle, not ${describe(reference)}`,
    { found: reference },
  );
}

function missing(kind: string, name: string): NotFoundError {
  return new NotFoundError(`There is no ${kind} ${describe(name)}; create it first`, {
    found: name,
  });
}

function checkHandle(reference: SpaceReference, own: unknown, kind: string, name: string): void {
  if (typeof reference === "string" || reference === own) return;
  throw new InvalidArgumentError(`The handle of ${kind} ${describe(name)} is of another database`, {
    found: reference,
  });
}

function sameAxes(a: readonly Axis[], b: readonly Axis[]): boolean {
  return a.length === b.length &&
    a.every(({ name, min, max }, i) => name === b[i].name && min === b[i].min && max === b[i].max);
}
