import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Secret } from '../../contract/secret.js';

const REFERENCE = /^\$\{(?:env:(CONFIG_SECRET_[A-Z0-9_]{1,100})|file:(\/[^\p{Cc}{}]{1,500}))\}$/u;
const MAX_LENGTH = 3_000;

/** Where a secret is found. Its name is limited to its own prefix, so that a file cannot ask for the gateway's own. */
export const SecretReference = z
  .string()
  .regex(
    REFERENCE,
    'must be a reference, ${env:CONFIG_SECRET_NAME} or ${file:/path}: no secret stands in the file',
  );

/** @returns the secret that a reference names; a text says why there is none */
export type SecretSource = (reference: string) => Secret | string;

/** @param secrets by the name of their variable. @param files whether files of this machine may be read */
export function secretSource(secrets: ReadonlyMap<string, Secret>, files: boolean): SecretSource {
  return (reference) => {
    const [, name, path] = REFERENCE.exec(reference) ?? [];
    if (name !== undefined) return secrets.get(name) ?? `is not given: ${name} is not in the environment`;
    if (!files) return 'is in a file, which only the command may read: give it as ${env:CONFIG_SECRET_…}';
    try {
      const text = readFileSync(path!, 'utf8').replace(/\r?\n$/, '');
      return text.length > 0 && text.length <= MAX_LENGTH
        ? new Secret(text)
        : `is not 1 to ${MAX_LENGTH} characters`;
    } catch (error) {
      return `cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
    }
  };
}
