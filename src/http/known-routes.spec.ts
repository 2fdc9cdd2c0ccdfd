import { expect, test } from '@jest/globals';
import { KnownRoutes } from './known-routes.js';

const routes = new KnownRoutes();
routes.add('/number-verification/v2/verify', 'POST');
routes.add('/things/:id', 'GET');
routes.add('/things/:id', ['PUT', 'DELETE']);
routes.add('/.well-known/*', 'GET');
routes.add('/config::plan', 'POST');

test.each([
  ['/number-verification/v2/verify', ['POST']],
  ['/number-verification/v2/verify?x=1', ['POST']],
  ['/number-verification/v2/%76erify', ['POST']],
  ['/number-verification/v2/verify/', []],
  ['/things/1', ['DELETE', 'GET', 'PUT']],
  ['/things/1/2', []],
  ['/things/', []],
  ['/.well-known/a/b', ['GET']],
  ['/config:plan', ['POST']],
  ['/configplan', []],
  ['/config:x', []],
  ['/xwell-known/a', []],
  ['/%', []],
])('%s exists with %j', (path, methods) => {
  expect(routes.methodsAt(path)).toEqual(methods);
});
