import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyPatch, SeededBug } from './seeded-bug.js';

/** What is read beside the compiled files; it stays where it is. */
const BESIDE = ['package.json', 'src', 'test'];

/**
 * A compiled copy of everything, with one bug in it.
 * @param root of the repository, with `dist`
 * @param folder below the root, so that packages are found; what was in it is gone
 * @throws Error when a patch does not apply any more
 */
export function makePatchedCopy(root: string, folder: string, { patches }: SeededBug): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  for (const name of BESIDE) symlinkSync(join(root, name), join(folder, name));
  for (const patch of patches) {
    const file = join(folder, 'dist/src', patch.file.replace(/\.ts$/, '.js'));
    writeFileSync(file, applyPatch(readFileSync(file, 'utf8'), patch));
  }
}
