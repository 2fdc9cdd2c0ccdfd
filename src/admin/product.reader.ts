import { EntityManager } from 'typeorm';
import { z } from 'zod';

/** What can be subscribed to: it comes with the software, so nobody writes it here. */
export const ProductView = z
  .object({
    key: z.string(),
    name: z.string(),
    description: z.string(),
    apiVersion: z.string(),
    scopes: z.array(z.string()),
    grantTypes: z.array(z.string()),
  })
  .meta({ id: 'Product' });
export type ProductView = z.infer<typeof ProductView>;

/** Every product, or the one with this key. */
export function readProducts(manager: EntityManager, key?: string): Promise<ProductView[]> {
  return manager.query<ProductView[]>(
    `SELECT key, name, description, api_version AS "apiVersion", scopes, grant_types AS "grantTypes"
     FROM products WHERE $1::text IS NULL OR key = $1 ORDER BY key`,
    [key ?? null],
  );
}
