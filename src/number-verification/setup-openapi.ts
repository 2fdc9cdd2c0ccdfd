import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ISSUER } from '../contract/issuer.js';
import { numberVerificationComponents } from './openapi-components.js';

type Parameter = NonNullable<NonNullable<OpenAPIObject['paths'][string]['get']>['parameters']>[number];

/** The API as OpenAPI 3.0.3; its Number Verification part agrees with NV 2.1.1. */
function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const apiRoot = app.get<string>(ISSUER);
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.0.3')
    .setTitle('Number Verification')
    .setDescription(
      'CAMARA Number Verification for many mobile network operators behind one API. ' +
        'Access tokens come from the authorization code flow of the `openId` scheme.',
    )
    .setVersion('2.1.1')
    .setLicense('Apache 2.0', 'https://www.apache.org/licenses/LICENSE-2.0.html')
    .addServer('{apiRoot}', 'This gateway', {
      apiRoot: { default: apiRoot, description: 'Where this gateway is reached' },
    })
    .addTag('Phone number verify', 'Verify a phone number given as input, plain or hashed.')
    .addTag('Phone number share', 'Return the phone number associated with the access token.')
    .addSecurity('openId', {
      type: 'openIdConnect',
      openIdConnectUrl: `${apiRoot}/.well-known/openid-configuration`,
    })
    .build();
  const { securitySchemes } = config.components ?? {};
  const components = { ...numberVerificationComponents(), securitySchemes } as OpenAPIObject['components'];
  const document = SwaggerModule.createDocument(
    app,
    { ...config, components },
    { autoTagControllers: false },
  );
  for (const operation of Object.values(document.paths).flatMap(({ get, post }) => [get, post])) {
    if (operation?.parameters) operation.parameters = operation.parameters.map(byReference);
  }
  return document;
}

/** Nest writes every parameter out; the published document refers to this one. */
function byReference(parameter: Parameter): Parameter {
  const isCorrelator = 'name' in parameter && parameter.name === 'x-correlator';
  return isCorrelator ? { $ref: '#/components/parameters/x-correlator' } : parameter;
}

/** Serves `/openapi.json` and Swagger UI at `/docs`, from this process alone. Before `app.init()`. */
export function setupOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, openApiDocument(app), { jsonDocumentUrl: 'openapi.json', raw: ['json'] });
}
