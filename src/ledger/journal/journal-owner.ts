import { createHash } from 'node:crypto';
import { unlink } from 'node:fs/promises';
import { Server, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

/** What the systems we run on take for the path of a socket, less one. */
const LONGEST_PATH = 100;

/**
 * Says to other processes that the one that writes certain segments lives. The system itself takes the sign away when
 * the process ends, however it ends: unlike a process id in a file, which another process may have by then.
 */
export class JournalOwner {
  private constructor(private readonly server: Server) {}

  static async declare(directory: string, bootId: string): Promise<JournalOwner> {
    let failure: unknown;
    for (const path of signs(directory, bootId)) {
      const server = createServer((socket) => socket.destroy());
      try {
        await new Promise<void>((done, failed) => {
          server.once('error', failed).listen(path, done);
        });
        return new JournalOwner(server.unref());
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  static async lives(directory: string, bootId: string): Promise<boolean> {
    for (const path of signs(directory, bootId)) if (await answers(path)) return true;
    return false;
  }

  /** Takes away what a killed process has left. */
  static async forget(directory: string, bootId: string): Promise<void> {
    for (const path of signs(directory, bootId)) await unlink(path).catch(() => {});
  }

  end(): Promise<void> {
    return new Promise((done) => this.server.close(() => done()));
  }
}

/** In the folder itself, or, where its path is too long or it takes no sockets, among the temporary files. */
function signs(directory: string, bootId: string): string[] {
  if (process.platform === 'win32') return [`\\\\.\\pipe\\nvgw-journal-${bootId}`];
  const full = join(resolve(directory), `${bootId}.alive`);
  const near = relative(process.cwd(), full);
  const name = createHash('sha256').update(full).digest('hex').slice(0, 24);
  const paths = [near.length < full.length ? near : full, join(tmpdir(), `nvgw-${name}.alive`)];
  return paths.filter(({ length }) => length <= LONGEST_PATH);
}

function answers(path: string): Promise<boolean> {
  return new Promise((decide) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      decide(true);
    });
    // A backlog that is full says that somebody listens.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => decide(code === 'EAGAIN'));
  });
}
