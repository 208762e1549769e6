/**
 * The mistakes of a frame as it was first entered: what people do to drawings.
 *
 * @module
 */

import { Random } from "../support/random.ts";
import { type Frame, isBelt, type MemberKind, type Relation } from "./frame.ts";

/** One mistake about how one member is borne. */
export interface Mistake {
  /** In words. */
  story: "nobody said what bears it" | "borne where nothing stands" | "bears what bears it";
  /** The index of the member. */
  member: number;
  /** The index of the relation that is wrong. */
  relation: number;
  /** As it was entered; undefined when it was forgotten. */
  entered: Relation | undefined;
}

/** A frame with mistakes. */
export interface MistakenFrame {
  /** As it should be. */
  frame: Frame;
  /** What is wrong. */
  mistakes: Mistake[];
  /** Points that are bearers by mistake: nothing stands there. */
  strays: number[][];
  /** The relations as they were entered. */
  entered: Relation[];
}

/** Metres by which a bearer is missed. */
const SLIP = 0.1;

/** So that mistakes do not follow from what was drawn. */
const SEED_OFFSET = 7919;

/**
 * Makes a few mistakes.
 *
 * @param frame Stays as it is
 */
export function makeMistakes(frame: Frame): MistakenFrame {
  const { members, relations, size } = frame;
  const random = new Random(size.seed + SEED_OFFSET);
  const mistakes = new Map<number, Mistake>();
  const strays: number[][] = [];
  const wayOf = new Map(
    relations.map(({ kind, borne }, i) => [kind === "meet" ? -1 : borne[0], i]),
  );
  const make = (story: Mistake["story"], member: number, entered?: Relation): void => {
    mistakes.set(member, { story, member, relation: wayOf.get(member)!, entered });
  };
  const pick = (kind: MemberKind): number => {
    for (;;) {
      const member = random.below(members.length);
      if (members[member].kind !== kind || mistakes.has(member)) continue;
      // High up, so that little rests on it; and not where a girder bears it as well.
      const { storey } = members[member];
      if (storey * 2 >= size.storeys && !isBelt(storey - 1, size)) return member;
    }
  };

  const [a, b] = pickCrossing(frame, random);
  const [ofA, ofB] = [relations[wayOf.get(a)!], relations[wayOf.get(b)!]];
  make("bears what bears it", a, { ...ofA, bearers: [ofA.bearers[1], b] });
  make("bears what bears it", b, { ...ofB, bearers: [ofB.bearers[1], a] });
  for (const kind of ["column", "column", "slab", "slab", "slab"] as const) {
    make("nobody said what bears it", pick(kind));
  }
  for (let i = 0; i < 3; i++) {
    const beam = pick("beam");
    const right = relations[wayOf.get(beam)!];
    const [x, y, z] = members[right.bearers[1]].point;
    strays.push([x + SLIP, y, z]);
    const stray = members.length + strays.length - 1;
    make("borne where nothing stands", beam, { ...right, bearers: [right.bearers[0], stray] });
  }
  return { frame, mistakes: [...mistakes.values()], strays, entered: enter(frame, mistakes) };
}

/** Two beams that cross at a column: each will be said to rest on the other. */
function pickCrossing({ relations, size }: Frame, random: Random): [number, number] {
  const pairs = new Map<number, number[]>();
  relations.forEach(({ kind, storey, bearers, borne }) => {
    if (kind !== "bears-beam" || storey * 2 < size.storeys) return;
    pairs.set(bearers[0], [...pairs.get(bearers[0]) ?? [], borne[0]]);
  });
  const crossings = [...pairs.values()].filter((beams) => beams.length === 2);
  const [a, b] = crossings[random.below(crossings.length)];
  return [a, b];
}

function enter({ relations }: Frame, mistakes: ReadonlyMap<number, Mistake>): Relation[] {
  const wrong = new Map([...mistakes.values()].map((each) => [each.relation, each]));
  return relations.flatMap((relation, i) => {
    const mistake = wrong.get(i);
    if (mistake === undefined) return [relation];
    return mistake.entered === undefined ? [] : [mistake.entered];
  });
}
