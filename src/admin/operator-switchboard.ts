import { Injectable } from '@nestjs/common';
import type { Operator } from '../operators/operator.js';
import { OperatorSettingsEntity } from '../tenants/operator-settings.entity.js';
import type { AdminCall } from './admin-call.js';
import { Answer, resourceAnswer } from './answer.js';
import { Changes } from './changes.js';
import { operatorView, settingsView } from './operator.view.js';
import { isForced } from './managed.js';
import { AdminRefusal } from './refusal.js';

/** Changes what people switch while the gateway runs. */
@Injectable()
export class OperatorSwitchboard {
  constructor(private readonly changes: Changes) {}

  /**
   * The row of the switches comes to be with the first change, as version 1: what GET answered until then.
   * @param verb in the audit log: `switch`
   * @param managed whether a configuration file may have something against it
   * @throws AdminRefusal stale
   */
  change(
    call: AdminCall,
    operator: Operator,
    verb: string,
    apply: (row: OperatorSettingsEntity) => void,
    managed = false,
  ): Promise<Answer> {
    return this.changes.make(call, async (manager) => {
      const { id: operatorId } = operator;
      await manager.query(
        'INSERT INTO operator_settings (operator_id) VALUES ($1) ON CONFLICT (operator_id) DO NOTHING',
        [operatorId],
      );
      const row = await manager.findOneOrFail(OperatorSettingsEntity, {
        where: { operatorId },
        lock: { mode: 'pessimistic_write' },
      });
      if (row.version !== call.version) throw new AdminRefusal('stale');
      const forced = managed && isForced(row, call);
      const before = settingsView(row);
      apply(row);
      const after = settingsView(await manager.save(OperatorSettingsEntity, row));
      return {
        answer: resourceAnswer(200, operatorView(operator, after), after.version),
        audit: {
          action: `operator.${verb}`,
          resource: { type: 'operator', id: operatorId, ...(forced && { forced }) },
          tenantId: null,
          before,
          after,
        },
      };
    });
  }
}
