/** Below our issuer; the library and the routes know them by these names. */
export const AUTHORIZE_PATH = '/authorize';
export const TOKEN_PATH = '/token';
export const BC_AUTHORIZE_PATH = '/bc-authorize';
export const DISCOVERY_PATH = '/.well-known/openid-configuration';
