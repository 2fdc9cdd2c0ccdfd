/** What npm's lockfile says, as far as it is read. */
export interface Lock {
  packages: Record<string, { version?: string; license?: string; dev?: boolean; devOptional?: boolean }>;
}

export function licencesOf(lock: Lock): Map<string, string[]>;
export function licencesPage(lock: Lock): string;
