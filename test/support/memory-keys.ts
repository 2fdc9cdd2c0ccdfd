import { randomUUID } from 'node:crypto';
import { Key, KeyUse, algorithmOf, generateMaterial, importMaterial } from '../../src/grants/key.js';
import { Keys } from '../../src/grants/key-ring.js';
import { Rotation } from '../../src/grants/key-store.js';

/** Keys without a database, for tests of what is built on the ring. */
export class MemoryKeys implements Keys {
  keys: Key[] = [];
  loads = 0;

  async ensure(use: KeyUse): Promise<void> {
    if (!this.keys.some((key) => key.use === use)) this.add(use, 0);
  }

  async load(uses: readonly KeyUse[]): Promise<Key[]> {
    this.loads += 1;
    return this.keys.filter((key) => uses.includes(key.use));
  }

  async rotate(use: KeyUse, { activeFrom, retireOlderAt }: Rotation): Promise<string> {
    if (retireOlderAt) {
      this.keys = this.keys.map((key) =>
        key.use === use ? { ...key, retiredAtMs: retireOlderAt.getTime() } : key,
      );
    }
    return this.add(use, activeFrom.getTime());
  }

  private add(use: KeyUse, activeFromMs: number): string {
    const kid = randomUUID();
    const alg = algorithmOf(use);
    const key = importMaterial(alg, generateMaterial(alg));
    this.keys.push({ kid, use, alg, key, activeFromMs, retiredAtMs: undefined });
    return kid;
  }
}
