import { Load } from '../load/load.js';
import { Options, Profile } from '../options.js';
import { Report } from '../report/report.js';
import { Thresholds } from '../thresholds.js';
import { World } from '../world/world.js';
import { Baseline } from './baseline.js';

/** One row of the catalogue, as a phase announces it. */
export interface CatalogueRow {
  readonly id: string;
  readonly title: string;
  /** Whether the short profile has it, too. */
  readonly short: boolean;
}

/** What a phase works with. */
export interface Run {
  readonly world: World;
  readonly load: Load;
  readonly report: Report;
  /** Of the repository. */
  readonly root: string;
  readonly options: Options;
  readonly profile: Profile;
  /** Of this run: bounds of latency are relative to it. */
  readonly baseline: Baseline;
  readonly thresholds: Thresholds;
  /** Errors in the logs that the faults of this run explain; a phase adds those it provokes. */
  readonly expectedErrors: RegExp[];
}

/** A part of the run: announces its rows, proves those that are wanted, and leaves the world as it found it. */
export interface Phase {
  readonly name: string;
  readonly rows: readonly CatalogueRow[];
  /** @param wanted of its rows; never empty */
  run(run: Run, wanted: readonly CatalogueRow[]): Promise<void>;
}

/** Which rows of a phase this run proves. */
export function wantedOf(phase: Phase, { only, profile }: Options): CatalogueRow[] {
  const named = (row: CatalogueRow): boolean => only.includes(row.id) || only.includes(phase.name);
  return phase.rows.filter((row) => (only.length > 0 ? named(row) : profile.name === 'full' || row.short));
}
