import { camara03 } from './camara-0.3.js';
import { camara04 } from './camara-0.4.js';
import { camara10 } from './camara-1.0.js';
import { camara20 } from './camara-2.0.js';
import { camara21 } from './camara-2.1.js';
import { Dialect } from './dialect.js';
import { vonage031 } from './vonage-v031.js';

/** Every wire dialect. A URL does not tell which one an operator speaks: its manifest does, by name. */
export const DIALECTS: readonly Dialect[] = [camara03, camara04, camara10, camara20, camara21, vonage031];

/** @returns undefined when no dialect has that name */
export function dialectNamed(name: string): Dialect | undefined {
  return DIALECTS.find((dialect) => dialect.name === name);
}
