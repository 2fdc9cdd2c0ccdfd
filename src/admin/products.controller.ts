import { Controller } from '@nestjs/common';
import { z } from 'zod';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { Operation } from './operation.js';
import { ProductView, readProducts } from './product.reader.js';
import { Transactions } from './transactions.js';

@Controller('admin/v1/products')
@AdminRoutes()
export class ProductsController {
  constructor(private readonly transactions: Transactions) {}

  @Operation({
    method: 'GET',
    path: '',
    operationId: 'listProducts',
    summary: 'Lists what can be subscribed to',
    permission: 'plans:read',
    answer: z.object({ items: z.array(ProductView) }),
  })
  async list(@Call() call: AdminCall): Promise<Answer> {
    const products = await this.transactions.run(call.principal, (manager) => readProducts(manager));
    return { status: 200, body: { items: products.map((product) => ProductView.parse(product)) } };
  }
}
