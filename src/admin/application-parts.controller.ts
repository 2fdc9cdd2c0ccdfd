import { Controller } from '@nestjs/common';
import { type AdminCall, Call } from './admin-call.js';
import { AdminRoutes } from './admin-routes.js';
import type { Answer } from './answer.js';
import { KEYS, KeysDraft, KeysView, REDIRECT_URIS, RedirectUrisDraft } from './application.kind.js';
import { Operation } from './operation.js';
import { Resources } from './resources.js';

/** What security hangs on has operations, and names in the audit log, of its own. */
@Controller('admin/v1/applications/:id')
@AdminRoutes()
export class ApplicationPartsController {
  constructor(private readonly resources: Resources) {}

  @Operation({
    method: 'GET',
    path: 'redirect-uris',
    operationId: 'getRedirectUris',
    summary: 'Reads the redirect URIs of an application',
    permission: 'applications:read',
    answer: RedirectUrisDraft,
  })
  redirectUris(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, REDIRECT_URIS);
  }

  @Operation({
    method: 'PUT',
    path: 'redirect-uris',
    operationId: 'replaceRedirectUris',
    summary: 'Replaces the redirect URIs of an application',
    permission: 'applications:write',
    body: RedirectUrisDraft,
    answer: RedirectUrisDraft,
    ifMatch: true,
  })
  replaceRedirectUris(@Call() call: AdminCall<RedirectUrisDraft>): Promise<Answer> {
    const within = { id: call.params['id'] };
    return this.resources.change(call, REDIRECT_URIS, 'redirect-uris.replace', within, (row) =>
      REDIRECT_URIS.apply(row, call.body),
    );
  }

  @Operation({
    method: 'GET',
    path: 'keys',
    operationId: 'getApplicationKeys',
    summary: 'Reads the public keys of an application, or where it publishes them',
    permission: 'applications:read',
    answer: KeysView,
  })
  keys(@Call() call: AdminCall): Promise<Answer> {
    return this.resources.get(call, KEYS);
  }

  @Operation({
    method: 'PUT',
    path: 'keys',
    operationId: 'replaceApplicationKeys',
    summary: 'Replaces the public keys of an application: tokens that were asked for with another end',
    permission: 'applications:write',
    body: KeysDraft,
    answer: KeysView,
    ifMatch: true,
  })
  replaceKeys(@Call() call: AdminCall<KeysDraft>): Promise<Answer> {
    const within = { id: call.params['id'] };
    return this.resources.change(call, KEYS, 'keys.replace', within, (row) => KEYS.apply(row, call.body));
  }
}
