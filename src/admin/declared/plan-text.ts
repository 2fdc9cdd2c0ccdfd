import { AdminRefusal } from '../refusal.js';
import { pathText } from './declared.js';
import type { AppliedView, PlanView } from './plan.view.js';

const SIGNS = { create: '+', update: '~', delete: '-' } as const;

/** A plan as people read it: one line for each resource, beneath it what changes. */
export function planText({ planHash, changes, warnings }: PlanView | AppliedView, done: boolean): string {
  const lines = changes.flatMap((change) => {
    const given =
      'clientId' in change && change.clientId !== undefined ? `  client id ${change.clientId}` : '';
    const head = `${SIGNS[change.action]} ${change.resource} ${change.key}${given}`;
    return change.action === 'update' ? [head, ...Object.entries(change.diff).map(detailOf)] : [head];
  });
  const count = (action: string): number => changes.filter((one) => one.action === action).length;
  const sum = `${count('create')} to create, ${count('update')} to update, ${count('delete')} to delete`;
  const end = done
    ? sum
        .replaceAll(' to create', ' created')
        .replaceAll(' to update', ' updated')
        .replaceAll(' to delete', ' deleted')
    : sum;
  return [
    ...warnings.map((warning) => `! ${warning}`),
    ...lines,
    changes.length === 0 ? 'Nothing differs.' : `${end}.`,
    `plan ${planHash}`,
  ].join('\n');
}

function detailOf([name, value]: [string, unknown]): string {
  const { from, to } = value as { from?: unknown; to?: unknown };
  return `    ${name}: ${text(from)} → ${text(to)}`;
}

function text(value: unknown): string {
  return value === undefined ? '(none)' : JSON.stringify(value);
}

/** A refusal of the admin API as people find it in their file. */
export function refusalText({ message, details }: AdminRefusal): string {
  const places = details.map(({ location, message: what }) => {
    const path = location.split('.').slice(1);
    return `  ${pathText(path.map((step) => (/^\d+$/.test(step) ? Number(step) : step)))}: ${what}`;
  });
  return [details.length > 0 ? message.replace('; see details', ':') : message, ...places].join('\n');
}
