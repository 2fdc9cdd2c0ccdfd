import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

let session: Session | undefined;

/** Begins a CPU profile of this process, four samples a millisecond. */
export async function startProfile(): Promise<void> {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 250 });
  await session.post('Profiler.start');
}

export async function stopProfile(file: string): Promise<void> {
  const { profile } = await session!.post('Profiler.stop');
  writeFileSync(file, JSON.stringify(profile), { mode: 0o600 });
  session!.disconnect();
}
