/** An operator of the simulator; two processes read this table, so it is plain data. */
export interface VirtualOperator {
  readonly id: string;
  readonly dialect: string;
  readonly basePath: string;
  /** Whether it has device-phone-number. */
  readonly share: boolean;
  /** `main`: eight that share the ordinary load. `spare`: for faults that leave a long shadow (backoff, pacing). */
  readonly role: 'main' | 'spare';
  /** Nothing listens there and no name server knows it. */
  readonly nowhere?: boolean;
}

/** Deadline of one call, milliseconds, as the manifests state it. */
export const DEADLINE_MS = 1_000;
export const MAX_IN_FLIGHT = 64;

const BASE_PATHS: Readonly<Record<string, string>> = {
  'camara-0.3': '/number-verification/v0',
  'camara-0.4': '/number-verification/v0',
  'camara-1.0': '/number-verification/v1',
  'camara-2.0': '/number-verification/v2',
  'camara-2.1': '/number-verification/v2',
  'vonage-v031': '/camara/number-verification/v031',
};

function operator(
  id: string,
  dialect: string,
  role: VirtualOperator['role'] = 'main',
  more: Partial<VirtualOperator> = {},
): VirtualOperator {
  return {
    id,
    dialect,
    basePath: BASE_PATHS[dialect]!,
    share: dialect !== 'vonage-v031',
    role,
    ...more,
  };
}

/** Eight operators over all six dialects, and the spares. */
export const VIRTUAL_OPERATORS: readonly VirtualOperator[] = [
  operator('main-03', 'camara-0.3'),
  operator('main-04', 'camara-0.4'),
  operator('main-10', 'camara-1.0'),
  operator('main-20', 'camara-2.0'),
  operator('main-21', 'camara-2.1'),
  operator('main-vonage', 'vonage-v031'),
  operator('main-10-b', 'camara-1.0'),
  operator('main-21-b', 'camara-2.1'),
  ...Array.from({ length: 18 }, (_, index) => operator(`spare-${index + 1}`, 'camara-2.1', 'spare')),
  operator('spare-nowhere', 'camara-2.1', 'spare', { nowhere: true }),
];

export const MAIN_OPERATORS = VIRTUAL_OPERATORS.filter(({ role }) => role === 'main');

export function virtualOperator(id: string): VirtualOperator {
  const found = VIRTUAL_OPERATORS.find((one) => one.id === id);
  if (!found) throw new Error(`no virtual operator ${id}`);
  return found;
}
