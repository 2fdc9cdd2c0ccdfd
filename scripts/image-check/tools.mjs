/** Runs programs: their output is shown when they fail. */
import { spawnSync } from 'node:child_process';

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @returns {string} what it printed, without the last line break
 * @throws {Error} with its output, when it fails
 */
export function run(program, args, options = {}) {
  const done = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) {
    throw new Error(`${program} ${args.join(' ')}\nended with ${done.status}\n${done.stdout}${done.stderr}`);
  }
  return (done.stdout ?? '').trimEnd();
}

/** Whether a program of this name is on the PATH. */
export const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** A buildah with a store of its own: nothing of the images on this machine is seen or changed. */
export class Buildah {
  /** @param {string} store folder */
  constructor(store) {
    this.global = ['--root', `${store}/root`, '--runroot', `${store}/run`];
  }

  /** @param {...string} args */
  run(...args) {
    return run('buildah', [...this.global, ...args]);
  }

  /** As {@link run}, with the output on our own. */
  show(...args) {
    run('buildah', [...this.global, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
  }
}
