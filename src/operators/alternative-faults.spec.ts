import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OperatorDirectory, liveManifest, manifest } from '../../test/support/operator-directory.js';

let operators: OperatorDirectory;
beforeEach(() => {
  operators = new OperatorDirectory();
});
afterEach(() => operators[Symbol.dispose]());

function refusal(): string {
  try {
    operators.load({ ONE: 's' });
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
}

const write = (id: string, alternatives: string[], over: object = {}) =>
  operators.write(id, manifest({ id, alternatives, ...over }));

describe('alternatives', () => {
  it('are taken in the order of the manifest, and only from there', () => {
    write('one', ['three', 'two']);
    write('two', []);
    write('three', ['two']);
    const loaded = operators.load();
    expect(loaded.alternativesOf(loaded.get('one')!).map(({ id }) => id)).toEqual(['three', 'two']);
    expect(loaded.alternativesOf(loaded.get('two')!)).toEqual([]);
  });

  it('serve the devices of an operator that is switched off', () => {
    write('one', ['two']);
    write('two', []);
    const loaded = operators.load();
    loaded.apply(new Map([['one', { enabled: false }]]));
    expect([loaded.serves(loaded.get('one')!), loaded.serves(loaded.get('two')!)]).toEqual([true, true]);
    loaded.apply(new Map([...loaded.all()].map(({ id }) => [id, { enabled: false }])));
    expect(loaded.serves(loaded.get('one')!)).toBe(false);
  });

  it.each<[what: string, folders: Record<string, string[]>, field: string, remedy: string]>([
    ['that do not exist', { one: ['nobody'] }, 'alternatives.0', 'there is no folder nobody'],
    ['that are the operator itself', { one: ['one'] }, 'alternatives.0', 'remove it: one → one leads back'],
    ['named twice', { one: ['two', 'two'], two: [] }, 'alternatives.1', 'two is named already'],
    [
      'that stand behind each other, however far around',
      { one: ['two'], three: ['one'], two: ['three'] },
      'alternatives.0',
      'one → two → three → one leads back',
    ],
  ])('%s stop the start', (_what, folders, field, remedy) => {
    for (const [id, alternatives] of Object.entries(folders)) write(id, alternatives);
    expect(refusal()).toContain(`${operators.fileOf('one')}: ${field}: `);
    expect(refusal()).toContain(remedy);
  });

  it('are as real as the operator: nobody is verified by a simulation', () => {
    operators.write('one', liveManifest({ alternatives: ['two'] }));
    write('two', []);
    expect(refusal()).toContain('alternatives.0: remove it: a simulated operator and a real one');
  });

  it('do not let an operator that is off take the devices of one that is on', () => {
    operators.write('one', liveManifest({ alternatives: ['three'], routes: { cidrs: ['192.0.2.0/24'] } }));
    operators.write(
      'three',
      liveManifest({ id: 'three', auth: { ...liveManifest().auth, client: { method: 'private_key_jwt' } } }),
    );
    write('two', [], { routes: { cidrs: ['192.0.2.0/25'] } });
    expect(() => operators.load()).toThrow('192.0.2.0/25 overlaps 192.0.2.0/24');
  });
});
