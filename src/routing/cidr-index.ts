import { Block, blockOf, parseCidr, parseIp } from './ip.js';

/** What belongs to blocks of addresses, found by address: one look-up for each length of block there is. */
export class CidrIndex<T> {
  private readonly byLength: Record<Block['width'], Map<number, Map<bigint, T[]>>>;

  /** @param entries valid CIDR blocks, v4 or v6, and what belongs to each; a block may come more than once */
  constructor(entries: Iterable<readonly [cidr: string, value: T]>) {
    const found = { 32: new Map<number, Map<bigint, T[]>>(), 128: new Map<number, Map<bigint, T[]>>() };
    for (const [cidr, value] of entries) {
      const block = parseCidr(cidr)?.block;
      if (!block) throw new Error('no CIDR block was given');
      const { width, length, head } = block;
      const heads = found[width].get(length) ?? new Map<bigint, T[]>();
      heads.set(head, [...(heads.get(head) ?? []), value]);
      found[width].set(length, heads);
    }
    this.byLength = { 32: longestFirst(found[32]), 128: longestFirst(found[128]) };
  }

  /** @returns what belongs to the blocks around the address, the narrowest block first, block by block */
  around(ip: string): T[][] {
    const address = parseIp(ip);
    if (!address) return [];
    const found: T[][] = [];
    for (const [length, heads] of this.byLength[address.kind() === 'ipv4' ? 32 : 128]) {
      const values = heads.get(blockOf(address, length).head);
      if (values) found.push(values);
    }
    return found;
  }
}

function longestFirst<V>(lengths: Map<number, V>): Map<number, V> {
  return new Map([...lengths].sort(([one], [other]) => other - one));
}
