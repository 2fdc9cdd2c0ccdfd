import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Question {
  id: number;
  name: string;
  argument: unknown;
}
interface Answer {
  id: number;
  value?: unknown;
  error?: string;
}

/** A process of the bench, asked by name over IPC. */
export class Child {
  private nextId = 0;
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();

  private constructor(
    private readonly process: ChildProcess,
    private readonly label: string,
    private readonly logFile: string,
  ) {
    process.on('message', (answer: Answer) => this.settle(answer));
    process.on('exit', (code) => this.fail(new Error(`${label} ended (${code})\n${this.logTail()}`)));
  }

  /** @param cores a taskset list; undefined leaves the process where it is */
  static start(
    file: string,
    options: { label: string; arguments?: readonly string[]; cores?: string; logFile: string },
  ): Child {
    const script = [fileURLToPath(new URL(file, import.meta.url)), ...(options.arguments ?? [])];
    const command = [process.execPath, ...script];
    if (options.cores !== undefined) command.unshift('taskset', '-c', options.cores);
    const log = openSync(options.logFile, 'w', 0o600);
    const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', log, log, 'ipc'] });
    closeSync(log);
    return new Child(child, options.label, options.logFile);
  }

  /** @throws Error when the child refused, or has ended */
  ask<T>(name: string, argument?: unknown): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: (value) => resolve(value as T), reject });
      this.process.send({ id, name, argument } satisfies Question);
    });
  }

  /** Lets the child close what it holds, then makes sure of its end. */
  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = once(this.process, 'exit');
    this.process.disconnect();
    const grace = setTimeout(() => this.process.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(grace);
  }

  /** The last the child wrote to stdout or stderr. */
  logTail(): string {
    return readFileSync(this.logFile, 'utf8').slice(-2_000);
  }

  private settle(answer: Answer): void {
    const caller = this.waiting.get(answer.id);
    this.waiting.delete(answer.id);
    if (answer.error === undefined) caller?.resolve(answer.value);
    else caller?.reject(new Error(`${this.label}: ${answer.error}\n${this.logTail()}`));
  }

  private fail(error: Error): void {
    for (const caller of this.waiting.values()) caller.reject(error);
    this.waiting.clear();
  }
}

type Answers = Record<string, (argument: never) => unknown>;

/** The child's side: answers the parent's questions until it disconnects, then runs `close` and ends. */
export function serve(answers: Answers, close: () => Promise<void> | void = () => undefined): void {
  process.on('message', (question: Question) => {
    void answer(answers, question).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => {
    void Promise.resolve()
      .then(close)
      .finally(() => process.exit());
  });
}

async function answer(answers: Answers, { id, name, argument }: Question): Promise<Answer> {
  try {
    return { id, value: await answers[name]!(argument as never) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
