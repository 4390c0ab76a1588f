/**
 * Finds numbers by what they stand for, without keeping a key: a million of them take some 8 MB, and nothing that a garbage
 * collector has to look at. Open addressing with linear probing; at most two of three places are taken.
 */

/** Numbers stand for rows of a table, or for themselves; each is there once, and 0 is none. */
export class HashIndex {
  private readonly hashOf: (n: number) => number;
  private places = new Uint32Array(16);
  private count = 0;

  /** `hashOf` gives 32 bits from what the number stands for, the same from `add` until after `remove`. */
  constructor(hashOf: (n: number) => number) {
    this.hashOf = hashOf;
  }

  get size(): number {
    return this.count;
  }

  /** Where to look for what has this hash: `for (let at = i.start(hash); (n = i.at(at)) !== 0; at = i.after(at))`. */
  start(hash: number): number {
    return spread(hash) & (this.places.length - 1);
  }
  at(place: number): number {
    return this.places[place] as number;
  }
  after(place: number): number {
    return (place + 1) & (this.places.length - 1);
  }

  add(n: number): void {
    this.count += 1;
    if (this.count * 3 > this.places.length * 2) this.grow();
    this.put(n);
  }

  has(n: number): boolean {
    return this.at(this.placeOf(n)) !== 0;
  }

  /** False if it was not there. */
  remove(n: number): boolean {
    let hole = this.placeOf(n);
    if (this.at(hole) === 0) return false;
    this.count -= 1;
    // What follows moves up unless it stands between its own start and the hole.
    for (let at = this.after(hole), next = this.at(at); next !== 0; at = this.after(at), next = this.at(at)) {
      const start = this.start(this.hashOf(next));
      const stays = hole < at ? start > hole && start <= at : start > hole || start <= at;
      if (stays) continue;
      this.places[hole] = next;
      hole = at;
    }
    this.places[hole] = 0;
    return true;
  }

  /** Where it stands, or the empty place at which the search for it ends. */
  private placeOf(n: number): number {
    let at = this.start(this.hashOf(n));
    while (this.places[at] !== n && this.places[at] !== 0) at = this.after(at);
    return at;
  }

  private put(n: number): void {
    let at = this.start(this.hashOf(n));
    while (this.places[at] !== 0) at = this.after(at);
    this.places[at] = n;
  }

  /** A large one grows by more, since each time costs a pause. */
  private grow(): void {
    const old = this.places;
    this.places = new Uint32Array(old.length * (old.length < 32_768 ? 2 : 4));
    for (const n of old) if (n !== 0) this.put(n);
  }
}

/** Neighbouring numbers get distant places. */
function spread(hash: number): number {
  const h = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return (h ^ (h >>> 13)) >>> 0;
}

/** FNV-1a over UTF-16 code units. */
export function hashText(text: string, seed = 0): number {
  let h = 0x811c_9dc5 ^ seed;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x0100_0193);
  return h;
}
