export default async function globalTeardown(): Promise<void> {
  await (globalThis as { endTests?: () => Promise<void> }).endTests?.();
}
