import { Client } from 'pg';

/** What a server that is alive needs to say goodbye. */
const GOODBYE_MS = 500;

/**
 * Ends a connection in order; one whose server does not answer any more is cut. node-postgres itself would wait for
 * the server's end of it, for as long as that is frozen or the network swallows everything.
 * @returns once the connection is gone; never rejects
 */
export async function hangUp(client: Client, withinMs = GOODBYE_MS): Promise<void> {
  const { stream } = (client as unknown as { connection: { stream: { destroy(): void } } }).connection;
  const cut = setTimeout(() => stream.destroy(), withinMs);
  try {
    await client.end();
  } catch {
    stream.destroy();
  } finally {
    clearTimeout(cut);
  }
}
