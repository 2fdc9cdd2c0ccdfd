/**
 * Runs a command of the image as a cluster would: its user and environment, PID 1 of its own namespace, the root file
 * system read-only, only /data writable. The network is this machine's: loopback is all that is used.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const ENTER = `
set -e
mount --bind "$ROOT" "$ROOT"
mount -o remount,bind,ro "$ROOT"
mount --bind "$DATA" "$ROOT/data"
mount -t proc proc "$ROOT/proc"
mount --bind /dev "$ROOT/dev"
exec chroot --userspec="$AS" --groups= "$ROOT" /usr/bin/env -i --chdir=/app "$@"
`;

export class Container {
  /**
   * @param {{ root: string, data: string, user: string, env: readonly string[] }} image `env` as NAME=value
   * @param {Record<string, string>} env more of it
   * @param {readonly string[]} command
   */
  constructor(image, env, command) {
    const given = [...image.env, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
    this.output = '';
    const args = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c', ENTER, '--'];
    this.process = spawn('unshare', [...args, ...given, ...command], {
      env: { PATH: process.env.PATH, ROOT: image.root, DATA: image.data, AS: image.user },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (this.output += text));
    }
    /** @type {Promise<number | null>} */
    this.ended = new Promise((resolve, reject) => {
      this.process.once('error', reject).once('close', resolve);
    });
  }

  /** Sends a signal to PID 1 of the namespace. */
  signal(name) {
    const { pid } = this.process;
    const [first] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    process.kill(Number(first), name);
  }

  /** @returns the exit code, or 'still running' after that time */
  endsWithin(ms) {
    return Promise.race([this.ended, sleep(ms, 'still running', { ref: false })]);
  }

  kill() {
    this.process.kill('SIGKILL');
  }
}

/** Asks until the answer has this status, for at most 30 s. */
export async function answers(url, status, container) {
  let last = 'no answer';
  for (let tries = 0; tries < 150; tries++) {
    if (container.process.exitCode !== null) break;
    try {
      const response = await fetch(url);
      if (response.status === status) return response;
      last = `${response.status} ${await response.text()}`;
    } catch (error) {
      last = String(error.cause ?? error);
    }
    await sleep(200);
  }
  throw new Error(`${url} never answered ${status}: ${last}\n${container.output}`);
}
